package dev.varve.fs.ext;

import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The blocks of the journal's inode by number. Memory: 24 bytes an extent. Not thread safe. */
final class JournalFile {
    private final Layout layout;
    private final int blockSize;
    private long[] logicals = new long[16];
    private long[] physicals = new long[16];
    private long[] counts = new long[16];
    private int extents;

    JournalFile(Layout layout, RawInode inode) throws IOException {
        this.layout = layout;
        blockSize = layout.superblock.blockSize;
        new FileMap(layout).extents(inode, (logical, physical, count, unwritten) -> {
            if (unwritten) {
                throw layout.corrupt(-1, "journal has blocks that were never written");
            }
            if (extents == logicals.length) {
                logicals = Arrays.copyOf(logicals, extents * 2);
                physicals = Arrays.copyOf(physicals, extents * 2);
                counts = Arrays.copyOf(counts, extents * 2);
            }
            logicals[extents] = logical;
            physicals[extents] = physical;
            counts[extents++] = count;
        });
    }

    /** The block of the device that holds a block of the journal. */
    long deviceBlock(long block) throws CorruptException {
        int found = Arrays.binarySearch(logicals, 0, extents, block);
        int extent = found >= 0 ? found : -found - 2;
        if (extent < 0 || block - logicals[extent] >= counts[extent]) {
            throw layout.corrupt(-1, "journal has a hole at its block " + block);
        }
        return physicals[extent] + block - logicals[extent];
    }

    /** Bytes from the start of the device. */
    long offset(long block) throws CorruptException {
        return layout.offset(deviceBlock(block));
    }

    /** Fills {@code target}, one block long. */
    void read(long block, byte[] target) throws IOException {
        layout.device.read(offset(block), ByteBuffer.wrap(target, 0, blockSize));
    }
}
