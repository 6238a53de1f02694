package dev.varve.backup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Collects where files lie on the device, in any order, and gives it back in device order. Not thread safe. Memory: 256 Ki
 * runs (about 16 MiB), the rest in a scratch file of 32 bytes a run, of which there are at most as many as blocks in {@link
 * BlockClaims}; and an {@link InodeSet} of files that were withdrawn.
 */
final class PlacedRuns implements Closeable {
    private static final int MAX_IN_MEMORY = 256 * 1024;

    private final ScratchSort<PlacedRun> sort;
    private final InodeSet withdrawn = new InodeSet();
    private final ChunkPipeline pipeline;

    /** @param pipeline learns of failures of the scratch file */
    PlacedRuns(Path scratchDirectory, ChunkPipeline pipeline) {
        this.sort = new ScratchSort<>(scratchDirectory, MAX_IN_MEMORY, PlacedRun.BY_PLACE, PlacedRun.CODEC);
        this.pipeline = pipeline;
    }

    /**
     * The part of an extent of a file that need not be kept raw: unwritten blocks read as zeros, blocks before {@code
     * endBlock} are the file's content, and the written ones behind it stay raw.
     */
    void extent(long inode, long endBlock, long logical, long physical, long count, boolean unwritten)
            throws IOException {
        if (unwritten) {
            nothing(inode, physical, count);
        } else if (logical < endBlock) {
            add(new PlacedRun(physical, Math.min(count, endBlock - logical), inode, logical));
        }
    }

    /** Blocks that read as zeros in the image, whatever the device holds. */
    void nothing(long inode, long physical, long count) throws IOException {
        add(new PlacedRun(physical, count, inode, PlacedRun.NOTHING));
    }

    /** Nothing said of this inode holds: its content is not in the snapshot, so its blocks are kept raw. */
    void withdraw(long inode) {
        withdrawn.add(inode);
    }

    /** What was placed and not withdrawn, by ascending physical block. */
    ScratchSort.Cursor<PlacedRun> sorted() throws IOException {
        ScratchSort.Cursor<PlacedRun> all = sort.sorted();
        return () -> {
            PlacedRun run = all.next();
            while (run != null && withdrawn.contains(run.inode())) {
                run = all.next();
            }
            return run;
        };
    }

    private void add(PlacedRun run) throws IOException {
        pipeline.own(() -> sort.add(run));
    }

    @Override
    public void close() throws IOException {
        sort.close();
    }
}
