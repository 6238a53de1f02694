package dev.varve.snapshot;

import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.VarveException;
import dev.varve.repository.ChunkSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Reads a {@link Content} at positions. Thread safe, holds nothing open. Input is untrusted: a part that lies about its length is a {@link CorruptException}. */
public final class ContentReader {
    private final ChunkSource chunks;
    private final VolumeCache cache;
    private final PartList root;

    public ContentReader(ChunkSource chunks, VolumeCache cache, Content content) {
        this.chunks = chunks;
        this.cache = cache;
        this.root = PartList.of(content.depth(), content.parts());
    }

    /** Bytes. */
    public long size() {
        return root.size();
    }

    /**
     * Reads from {@code offset} until the target is full or the content ends; holes read as zeros.
     *
     * @return bytes read; 0 at or behind the end
     */
    public int read(long offset, ByteBuffer target) throws IOException {
        int before = target.remaining();
        long position = offset;
        while (target.hasRemaining() && position >= 0 && position < size()) {
            position += readPart(position, target);
        }
        return before - target.remaining();
    }

    /** Visits the parts of depth 0 that reach behind {@code from}, in order: each with the offset of its first byte in the content. */
    public void parts(long from, PartVisitor visitor) throws IOException {
        visit(root, 0, from, visitor);
    }

    /** Asks for the chunks of {@code [offset, offset + length)} ahead of their use. */
    public void prefetch(long offset, long length) throws IOException {
        long position = offset;
        long end = Math.min(size(), offset + length);
        while (position < end) {
            Span found = span(position);
            if (found.id() != null) {
                chunks.prefetch(found.id());
            }
            position = found.end();
        }
    }

    private int readPart(long position, ByteBuffer target) throws IOException {
        Span found = span(position);
        int wanted = (int) Math.min(target.remaining(), found.end() - position);
        if (found.id() == null) {
            zero(target, wanted);
            return wanted;
        }
        int limit = target.limit();
        target.limit(target.position() + wanted);
        try {
            int read = chunks.read(found.id(), Math.toIntExact(position - found.start()), target);
            if (read != wanted) {
                throw new CorruptException(
                        "chunk " + found.id().toHex(), -1, "shorter than the content that refers to it");
            }
            return read;
        } finally {
            target.limit(limit);
        }
    }

    /** What covers the byte at {@code position}, which must be in {@code [0, size())}. */
    Span span(long position) throws IOException {
        PartList list = root;
        long base = 0;
        while (true) {
            int index = list.find(position - base);
            long start = base + list.start(index);
            long end = base + list.end(index);
            ChunkId id = list.id(index);
            if (id == null || list.depth() == 0) {
                return new Span(id, start, end);
            }
            list = node(list, index);
            base = start;
        }
    }

    private PartList node(PartList parent, int index) throws IOException {
        return node(chunks, cache, parent, index);
    }

    static PartList node(ChunkSource chunks, VolumeCache cache, PartList parent, int index) throws IOException {
        int depth = parent.depth() - 1;
        long length = parent.end(index) - parent.start(index);
        ChunkId id = parent.id(index);
        PartList list = cache.get(
                chunks, id, PartList.class, (resource, chunk) -> PartList.decodeNode(resource, chunk, depth, length));
        if (list.depth() != depth || list.size() != length) {
            throw new CorruptException(
                    "chunk " + id.toHex(), -1, "used at two places of a content that contradict each other");
        }
        return list;
    }

    private void visit(PartList list, long base, long from, PartVisitor visitor) throws IOException {
        for (int i = from <= base ? 0 : list.find(from - base); i < list.count(); i++) {
            long start = base + list.start(i);
            if (list.id(i) == null || list.depth() == 0) {
                visitor.part(start, list.part(i));
            } else {
                visit(node(list, i), start, from, visitor);
            }
        }
    }

    /** Visits the parts of depth 0 that can be found; nodes that are damaged are told and passed over. */
    void readableParts(PartVisitor visitor, Consumer<String> damaged) throws IOException {
        visitReadable(root, 0, visitor, damaged);
    }

    private void visitReadable(PartList list, long base, PartVisitor visitor, Consumer<String> damaged)
            throws IOException {
        for (int i = 0; i < list.count(); i++) {
            long start = base + list.start(i);
            if (list.id(i) == null || list.depth() == 0) {
                visitor.part(start, list.part(i));
                continue;
            }
            PartList below;
            try {
                below = node(list, i);
            } catch (BackendException e) {
                throw e;
            } catch (VarveException e) {
                damaged.accept(e.getMessage());
                continue;
            }
            visitReadable(below, start, visitor, damaged);
        }
    }

    static void zero(ByteBuffer target, int count) {
        int end = target.position() + count;
        int i = target.position();
        for (; i + 8 <= end; i += 8) {
            target.putLong(i, 0);
        }
        for (; i < end; i++) {
            target.put(i, (byte) 0);
        }
        target.position(end);
    }

    /** The chunk (or hole, when the id is null) that covers {@code [start, end)} of the content. */
    record Span(ChunkId id, long start, long end) {}

    /** Receives a part and the offset of its first byte. */
    @FunctionalInterface
    public interface PartVisitor {
        void part(long offset, Part part) throws IOException;
    }
}
