package dev.varve.snapshot;

import dev.varve.model.ChunkId;
import dev.varve.repository.ChunkLane;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the image map of a volume from its blocks in ascending order, region by region. Memory: the runs of one region, at
 * most {@link SnapshotFormat#REGION_BLOCKS}. Not thread safe.
 */
public final class ImageMapWriter {
    private final ChunkLane metadata;
    private final IndexWriter index;
    private final int blockSize;
    private final long totalBlocks;
    private final List<ImageRegion.Run> runs = new ArrayList<>();
    private long region;
    private int filled;
    private List<ChunkId> raw;

    /**
     * @param metadata takes regions and index; the caller closes it
     * @param blockSize bytes of a block
     * @param deviceBytes bytes of the device; its last block may be short
     */
    public ImageMapWriter(ChunkLane metadata, int blockSize, long deviceBytes) {
        this.metadata = metadata;
        this.index = new IndexWriter(metadata);
        this.blockSize = blockSize;
        this.totalBlocks = (deviceBytes + blockSize - 1) / blockSize;
    }

    /** The next block to say something of, in {@code [0, total]}. */
    public long position() {
        return region * SnapshotFormat.REGION_BLOCKS + filled;
    }

    /** The next {@code count} blocks read as zeros. */
    public void free(long count) throws IOException {
        long left = count;
        while (left > 0) {
            int now = (int) Math.min(left, SnapshotFormat.REGION_BLOCKS - filled);
            append(ImageRegion.FREE, now, 0, 0);
            left -= now;
        }
    }

    /**
     * The next {@code count} blocks are those of a file from {@code logicalBlock}.
     *
     * @throws IllegalArgumentException if no inode can have them: what a reader would refuse
     */
    public void file(long inode, long logicalBlock, long count) throws IOException {
        if (inode <= 0 || !ImageRegion.isPossible(logicalBlock, count, blockSize)) {
            throw new IllegalArgumentException("blocks " + logicalBlock + "+" + count + " of inode " + inode);
        }
        long done = 0;
        while (done < count) {
            int now = (int) Math.min(count - done, SnapshotFormat.REGION_BLOCKS - filled);
            append(ImageRegion.FILE, now, inode, logicalBlock + done);
            done += now;
        }
    }

    /**
     * The next {@code count} blocks are kept as they are, in one chunk: {@link #rawChunkBlocks} of them, or fewer at the end of
     * a run of raw blocks or of a region. The chunk of the device's last block may be short.
     */
    public void raw(ChunkId id, int count) throws IOException {
        if (count <= 0 || count > rawChunkBlocks() || count > SnapshotFormat.REGION_BLOCKS - filled) {
            throw new IllegalArgumentException(count + " raw blocks at block " + position());
        }
        ImageRegion.Run previous = runs.isEmpty() ? null : runs.get(runs.size() - 1);
        if (previous != null && previous.kind() == ImageRegion.RAW && previous.count() % rawChunkBlocks() == 0) {
            raw.add(id);
            runs.set(
                    runs.size() - 1,
                    new ImageRegion.Run(ImageRegion.RAW, previous.firstBlock(), previous.count() + count, 0, 0, raw));
        } else {
            raw = new ArrayList<>();
            raw.add(id);
            runs.add(new ImageRegion.Run(ImageRegion.RAW, filled, count, 0, 0, raw));
        }
        advance(count);
    }

    /** Blocks of a full raw chunk. */
    public int rawChunkBlocks() {
        return ImageRegion.rawChunkBytes(blockSize) / blockSize;
    }

    /** The index from region number to region. */
    public Content finish() throws IOException {
        if (position() != totalBlocks) {
            throw new IllegalStateException("image map ends at block " + position() + " of " + totalBlocks);
        }
        flush();
        return index.finish();
    }

    private void append(int kind, int count, long inode, long logicalBlock) throws IOException {
        ImageRegion.Run previous = runs.isEmpty() ? null : runs.get(runs.size() - 1);
        if (previous != null
                && previous.kind() == kind
                && previous.inode() == inode
                && (kind == ImageRegion.FREE || previous.logicalBlock() + previous.count() == logicalBlock)) {
            runs.set(
                    runs.size() - 1,
                    new ImageRegion.Run(
                            kind,
                            previous.firstBlock(),
                            previous.count() + count,
                            inode,
                            previous.logicalBlock(),
                            List.of()));
        } else {
            runs.add(new ImageRegion.Run(kind, filled, count, inode, logicalBlock, List.of()));
        }
        advance(count);
    }

    private void advance(int count) throws IOException {
        filled += count;
        if (position() > totalBlocks) {
            throw new IllegalArgumentException(
                    "block " + position() + " behind the end of the device at " + totalBlocks);
        }
        if (filled == SnapshotFormat.REGION_BLOCKS) {
            flush();
            region++;
            filled = 0;
        }
    }

    /** A region without a single used block is left out: a slot that is empty reads as free. */
    private void flush() throws IOException {
        boolean used = false;
        for (ImageRegion.Run run : runs) {
            used |= run.kind() != ImageRegion.FREE;
        }
        if (used) {
            byte[] chunk = ImageRegion.encode(runs);
            index.put(region, metadata.put(chunk, 0, chunk.length));
        }
        runs.clear();
    }
}
