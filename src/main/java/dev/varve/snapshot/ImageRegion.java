package dev.varve.snapshot;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What the blocks of one region of a volume are (docs/format.md, "Image map"). Immutable; decoded from untrusted bytes. Memory:
 * about 56 bytes a run and 60 a raw chunk.
 */
final class ImageRegion implements VolumeCache.Weighted {
    static final int FREE = 0;
    static final int FILE = 1;
    static final int RAW = 2;

    private final List<Run> runs;
    private final int[] ends;
    private final int blocks;

    private ImageRegion(List<Run> runs, int[] ends, int blocks) {
        this.runs = runs;
        this.ends = ends;
        this.blocks = blocks;
    }

    /**
     * Blocks of one kind, one after another.
     *
     * @param inode of a file run, else 0
     * @param logicalBlock of a file run, else 0
     * @param raw chunks of a raw run
     */
    record Run(int kind, int firstBlock, int count, long inode, long logicalBlock, List<ChunkId> raw) {}

    static byte[] encode(List<Run> runs) {
        ByteWriter out = new ByteWriter();
        out.u8(SnapshotFormat.IMAGE_REGION_TAG);
        out.varint(runs.size());
        for (Run run : runs) {
            out.varint((long) run.count() << 2 | run.kind());
            if (run.kind() == FILE) {
                out.varint(run.inode());
                out.varint(run.logicalBlock());
            } else if (run.kind() == RAW) {
                for (ChunkId id : run.raw()) {
                    out.bytes(id.toBytes());
                }
            }
        }
        return out.toByteArray();
    }

    static ImageRegion decode(String resource, byte[] chunk, int blockSize) throws IOException {
        ByteReader in = ByteReader.of(resource, chunk);
        if (in.u8() != SnapshotFormat.IMAGE_REGION_TAG) {
            throw new CorruptException(resource, 0, "not an image region");
        }
        long count = in.varint();
        if (count < 0 || count > SnapshotFormat.REGION_BLOCKS || count > in.remaining()) {
            throw in.corrupt("impossible number of runs: " + count);
        }
        List<Run> runs = new ArrayList<>((int) count);
        int[] ends = new int[(int) count];
        int block = 0;
        for (int i = 0; i < count; i++) {
            long word = in.varint();
            long length = word >>> 2;
            if (length <= 0 || length > SnapshotFormat.REGION_BLOCKS - block) {
                throw in.corrupt("impossible length of a run: " + length);
            }
            runs.add(run(in, (int) (word & 3), block, (int) length, blockSize));
            block += (int) length;
            ends[i] = block;
        }
        in.expectEnd();
        return new ImageRegion(runs, ends, block);
    }

    private static Run run(ByteReader in, int kind, int block, int count, int blockSize) throws IOException {
        switch (kind) {
            case FREE:
                return new Run(FREE, block, count, 0, 0, List.of());
            case FILE:
                long inode = in.varint();
                long logical = in.varint();
                if (inode <= 0 || !isPossible(logical, count, blockSize)) {
                    throw in.corrupt("impossible file run of inode " + inode);
                }
                return new Run(FILE, block, count, inode, logical, List.of());
            case RAW:
                int chunks = rawChunks(count, blockSize);
                List<ChunkId> raw = new ArrayList<>(Math.min(chunks, in.remaining() / ChunkId.BYTES + 1));
                for (int i = 0; i < chunks; i++) {
                    raw.add(ChunkId.of(in.bytes(ChunkId.BYTES)));
                }
                return new Run(RAW, block, count, 0, 0, raw);
            default:
                throw in.corrupt("unknown kind of run: " + kind);
        }
    }

    /** Whether a file can have these blocks: their bytes have offsets. */
    static boolean isPossible(long logicalBlock, long count, int blockSize) {
        return logicalBlock >= 0 && logicalBlock <= Long.MAX_VALUE / blockSize - count;
    }

    /** Chunks of a raw run. */
    static int rawChunks(int blocks, int blockSize) {
        long bytes = (long) blocks * blockSize;
        return Math.toIntExact((bytes + rawChunkBytes(blockSize) - 1) / rawChunkBytes(blockSize));
    }

    /** Whole blocks, at least one. */
    static int rawChunkBytes(int blockSize) {
        return Math.max(blockSize, SnapshotFormat.RAW_CHUNK_BYTES);
    }

    List<Run> runs() {
        return runs;
    }

    /** Blocks that the runs cover. */
    int blocks() {
        return blocks;
    }

    /** The run that holds a block in {@code [0, blocks())}. */
    Run at(int block) {
        int low = 0;
        int high = ends.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] > block) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return runs.get(low);
    }

    @Override
    public int weightBytes() {
        int weight = 128;
        for (Run run : runs) {
            weight += 60 + run.raw().size() * 60;
        }
        return weight;
    }
}
