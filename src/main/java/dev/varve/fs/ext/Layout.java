package dev.varve.fs.ext;

import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A device and the superblock that tells its geometry: what all structures of the file system are read through. Thread
 * safe. Memory: its block cache.
 */
final class Layout {
    private static final int CACHE_BYTES = 4 << 20;

    final BlockSource device;
    final Superblock superblock;
    private final BlockCache cache;

    Layout(BlockSource device, Superblock superblock) {
        this.device = device;
        this.superblock = superblock;
        cache = new BlockCache(CACHE_BYTES, superblock.blockSize);
    }

    /** A metadata block; shared, not to be written to. */
    byte[] block(long block, String what) throws IOException {
        byte[] content = cache.get(block);
        if (content == null) {
            content = readBlock(block, what);
            cache.put(block, content);
        }
        return content;
    }

    /** A block that will not be asked for again soon. */
    byte[] readBlock(long block, String what) throws IOException {
        if (block < superblock.firstDataBlock || block >= superblock.blocksCount) {
            throw new CorruptException(
                    device.name(),
                    -1,
                    what + " is said to be in block " + block + ", outside the file system of " + superblock.blocksCount
                            + " blocks");
        }
        byte[] content = new byte[superblock.blockSize];
        device.read(offset(block), ByteBuffer.wrap(content));
        return content;
    }

    long offset(long block) {
        return block << superblock.logBlockSize;
    }

    boolean holds(long firstBlock, long count) {
        return firstBlock >= superblock.firstDataBlock && count >= 0 && firstBlock <= superblock.blocksCount - count;
    }

    /** @param offset byte of the device, or −1 */
    CorruptException corrupt(long offset, String reason) {
        return new CorruptException(device.name(), offset, reason);
    }
}
