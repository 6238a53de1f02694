package dev.varve.snapshot;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.util.List;

/**
 * Decoded parts of one node of a {@link Content}, searchable by offset. Immutable. Its encoded form is untrusted. Memory:
 * about 64 bytes a part, at most {@link SnapshotFormat#NODE_MAX} parts.
 */
final class PartList implements VolumeCache.Weighted {
    private final int depth;
    private final long[] ends;
    private final ChunkId[] ids;

    private PartList(int depth, long[] ends, ChunkId[] ids) {
        this.depth = depth;
        this.ends = ends;
        this.ids = ids;
    }

    static PartList of(int depth, List<Part> parts) {
        long[] ends = new long[parts.size()];
        ChunkId[] ids = new ChunkId[parts.size()];
        long end = 0;
        for (int i = 0; i < ends.length; i++) {
            end += parts.get(i).length();
            ends[i] = end;
            ids[i] = parts.get(i).id();
        }
        return new PartList(depth, ends, ids);
    }

    /** A chunk: tag, depth, parts. */
    static byte[] encodeNode(int depth, List<Part> parts) {
        ByteWriter out = new ByteWriter();
        out.u8(SnapshotFormat.PARTS_TAG);
        out.u8(depth);
        encode(out, parts);
        return out.toByteArray();
    }

    /** @param length what the parts must cover */
    static PartList decodeNode(String resource, byte[] chunk, int depth, long length) throws IOException {
        ByteReader in = ByteReader.of(resource, chunk);
        if (in.u8() != SnapshotFormat.PARTS_TAG || in.u8() != depth) {
            throw new CorruptException(resource, 0, "not a node of parts at depth " + depth);
        }
        PartList list = decode(in, depth, SnapshotFormat.NODE_MAX);
        in.expectEnd();
        if (list.size() != length) {
            throw new CorruptException(resource, 0, "parts cover " + list.size() + " of " + length + " bytes");
        }
        return list;
    }

    /** Count, then for each part: length · 2 + hole, and the id unless a hole. */
    static void encode(ByteWriter out, List<Part> parts) {
        out.varint(parts.size());
        for (Part part : parts) {
            out.varint(part.length() << 1 | (part.isHole() ? 1 : 0));
            if (!part.isHole()) {
                out.bytes(part.id().toBytes());
            }
        }
    }

    static PartList decode(ByteReader in, int depth, int maxCount) throws IOException {
        long count = in.varint();
        if (count < 0 || count > maxCount || count > in.remaining()) {
            throw in.corrupt("impossible number of parts: " + count);
        }
        long[] ends = new long[(int) count];
        ChunkId[] ids = new ChunkId[(int) count];
        long end = 0;
        for (int i = 0; i < count; i++) {
            long word = in.varint();
            long length = word >>> 1;
            end += length;
            if (length == 0 || end < 0) {
                throw in.corrupt("impossible length of a part: " + length);
            }
            ends[i] = end;
            if (depth == 0 && (word & 1) == 0 && length > SnapshotFormat.MAX_CHUNK_BYTES) {
                throw in.corrupt("no chunk has " + length + " bytes");
            }
            ids[i] = (word & 1) == 0 ? ChunkId.of(in.bytes(ChunkId.BYTES)) : null;
        }
        return new PartList(depth, ends, ids);
    }

    int depth() {
        return depth;
    }

    int count() {
        return ends.length;
    }

    long size() {
        return ends.length == 0 ? 0 : ends[ends.length - 1];
    }

    long start(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    long end(int index) {
        return ends[index];
    }

    /** Null for a hole. */
    ChunkId id(int index) {
        return ids[index];
    }

    Part part(int index) {
        return new Part(ends[index] - start(index), ids[index]);
    }

    /** The part that holds the byte at {@code offset}, which must be in {@code [0, size())}. */
    int find(long offset) {
        int low = 0;
        int high = ends.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] > offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    @Override
    public int weightBytes() {
        return 64 + ends.length * 64;
    }
}
