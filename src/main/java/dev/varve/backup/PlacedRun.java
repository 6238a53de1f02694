package dev.varve.backup;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Comparator;

/**
 * Blocks of the device that the image map need not keep as they are: {@code count} blocks from {@code physical} hold the
 * blocks of a file from {@code logical}, or nothing. Memory: 48 bytes.
 *
 * @param inode to which the blocks belong
 * @param logical the block of the file's content, or {@link #NOTHING} when they read as zeros
 */
record PlacedRun(long physical, long count, long inode, long logical) {
    static final long NOTHING = -1;

    static final Comparator<PlacedRun> BY_PLACE = Comparator.comparingLong(PlacedRun::physical);

    static final ScratchSort.Codec<PlacedRun> CODEC = new ScratchSort.Codec<>() {
        @Override
        public void write(DataOutputStream out, PlacedRun run) throws IOException {
            out.writeLong(run.physical);
            out.writeLong(run.count);
            out.writeLong(run.inode);
            out.writeLong(run.logical);
        }

        @Override
        public PlacedRun read(DataInputStream in) throws IOException {
            return new PlacedRun(in.readLong(), in.readLong(), in.readLong(), in.readLong());
        }
    };
}
