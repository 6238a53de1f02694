package dev.varve.snapshot;

import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.VarveException;
import dev.varve.repository.ChunkSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Reads what {@link IndexWriter} wrote. Thread safe. Input is untrusted. */
final class IndexReader {
    private final ChunkSource chunks;
    private final VolumeCache cache;
    private final ContentReader content;

    IndexReader(ChunkSource chunks, VolumeCache cache, Content content) {
        this.chunks = chunks;
        this.cache = cache;
        this.content = new ContentReader(chunks, cache, content);
    }

    /** One more than the highest slot that can be filled. */
    long slots() {
        return content.size() / ChunkId.BYTES;
    }

    /** The id at a slot, or null when the slot is empty. */
    ChunkId get(long slot) throws IOException {
        if (slot < 0 || slot >= slots()) {
            return null;
        }
        Block block = block(slot / SnapshotFormat.INDEX_BLOCK_SLOTS);
        return block == null ? null : block.ids[(int) (slot % SnapshotFormat.INDEX_BLOCK_SLOTS)];
    }

    /** The first filled slot at or behind {@code from}, or −1. Skips holes without visiting their slots. */
    long nextFilled(long from) throws IOException {
        long firstByte = from / SnapshotFormat.INDEX_BLOCK_SLOTS * SnapshotFormat.INDEX_BLOCK_BYTES;
        if (from < 0 || firstByte >= content.size()) {
            return -1;
        }
        long position = firstByte;
        while (position < content.size()) {
            ContentReader.Span span = content.span(position);
            if (span.id() != null) {
                Block block = block(span.id(), span.start(), span.end() - span.start());
                long base = position / SnapshotFormat.INDEX_BLOCK_BYTES * SnapshotFormat.INDEX_BLOCK_SLOTS;
                for (int i = (int) Math.max(0, from - base); i < SnapshotFormat.INDEX_BLOCK_SLOTS; i++) {
                    if (block.ids[i] != null) {
                        return base + i;
                    }
                }
            }
            position = span.end();
        }
        return -1;
    }

    private Block block(long number) throws IOException {
        ContentReader.Span span = content.span(number * SnapshotFormat.INDEX_BLOCK_BYTES);
        return span.id() == null ? null : block(span.id(), span.start(), span.end() - span.start());
    }

    /** What a chunk of the content holds. It is a block only if it lies where one can. */
    private Block block(ChunkId id, long start, long length) throws IOException {
        if (start % SnapshotFormat.INDEX_BLOCK_BYTES != 0 || length != SnapshotFormat.INDEX_BLOCK_BYTES) {
            throw new CorruptException("chunk " + id.toHex(), -1, "not a block of an index");
        }
        return cache.get(chunks, id, Block.class, Block::decode);
    }

    /** Visits every filled slot that can be found; blocks and nodes of the index that are damaged are told and passed over. */
    void visit(SlotVisitor visitor, Consumer<String> damaged) throws IOException {
        content.readableParts(
                (start, part) -> {
                    if (part.isHole()) {
                        return;
                    }
                    Block block;
                    try {
                        block = block(part.id(), start, part.length());
                    } catch (BackendException e) {
                        throw e;
                    } catch (VarveException e) {
                        damaged.accept(e.getMessage());
                        return;
                    }
                    long base = start / SnapshotFormat.INDEX_BLOCK_BYTES * SnapshotFormat.INDEX_BLOCK_SLOTS;
                    for (int i = 0; i < SnapshotFormat.INDEX_BLOCK_SLOTS; i++) {
                        if (block.ids[i] != null) {
                            visitor.slot(base + i, block.ids[i]);
                        }
                    }
                },
                damaged);
    }

    /** Receives a slot and what it names. */
    @FunctionalInterface
    interface SlotVisitor {
        void slot(long slot, ChunkId id) throws IOException;
    }

    private static final class Block implements VolumeCache.Weighted {
        private final ChunkId[] ids;

        private Block(ChunkId[] ids) {
            this.ids = ids;
        }

        static Block decode(String resource, byte[] chunk) throws IOException {
            if (chunk.length != SnapshotFormat.INDEX_BLOCK_BYTES) {
                throw new CorruptException(resource, -1, "not a block of an index");
            }
            ChunkId[] ids = new ChunkId[SnapshotFormat.INDEX_BLOCK_SLOTS];
            ByteBuffer buffer = ByteBuffer.wrap(chunk);
            for (int i = 0; i < ids.length; i++) {
                ChunkId id = ChunkId.read(buffer);
                ids[i] = (id.a() | id.b() | id.c() | id.d()) == 0 ? null : id;
            }
            return new Block(ids);
        }

        @Override
        public int weightBytes() {
            return SnapshotFormat.INDEX_BLOCK_SLOTS * 56;
        }
    }
}
