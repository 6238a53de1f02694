package dev.varve.device.lvm;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.Checksums;
import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A block of a tree in a thin pool's metadata: btree_node of the kernel's {@code persistent-data/dm-btree-internal.h}. Verified
 * when it is read: checksum, place, bounds and the order of its keys. Immutable and thread safe. Memory: 4 KiB.
 */
final class ThinNode {
    static final int BLOCK_BYTES = 4096;
    private static final int SALT = 121107;
    private static final int HEADER_BYTES = 32;
    private static final int INTERNAL = 1;
    private static final int LEAF = 2;
    private static final int MAX_VALUE_BYTES = 64;

    private final ByteBuffer block;
    private final boolean leaf;
    private final int entries;
    private final int valuesAt;
    private final int valueBytes;

    private ThinNode(ByteBuffer block, boolean leaf, int entries, int maxEntries, int valueBytes) {
        this.block = block;
        this.leaf = leaf;
        this.entries = entries;
        this.valuesAt = HEADER_BYTES + Long.BYTES * maxEntries;
        this.valueBytes = valueBytes;
    }

    /** The kernel's checksum of a block but its first four bytes: CRC-32C without the last inversion, with a salt for each kind. */
    static int checksum(byte[] block, int salt) {
        return ~Checksums.crc32c(block, Integer.BYTES, block.length - Integer.BYTES) ^ salt;
    }

    /** @throws CorruptException if it is damaged, or no block of a tree, or outside the device */
    static ThinNode read(BlockSource metadata, long number) throws IOException {
        if (number < 1 || number >= metadata.sizeBytes() / BLOCK_BYTES) {
            throw new CorruptException(
                    metadata.name(), -1, "a tree of the thin pool points to block " + number + ", outside the device");
        }
        long offset = number * BLOCK_BYTES;
        byte[] block = Sources.readBytes(metadata, offset, BLOCK_BYTES);
        ByteReader reader = ByteReader.of(metadata.name(), offset, ByteBuffer.wrap(block), ByteOrder.LITTLE_ENDIAN);
        int checksum = reader.i32();
        if (checksum != checksum(block, SALT)) {
            throw reader.corrupt(
                    "a block of the thin pool's metadata has a wrong checksum; repair it with thin_repair first");
        }
        int flags = reader.i32();
        if (reader.u64() != number || flags != INTERNAL && flags != LEAF) {
            throw reader.corrupt("a block of the thin pool's metadata is not the tree node it must be");
        }
        int max = (BLOCK_BYTES - HEADER_BYTES) / (Long.BYTES + Long.BYTES);
        int entries = reader.u32("entries of the tree node", flags == INTERNAL ? 1 : 0, max);
        int maxEntries = reader.u32("room of the tree node", entries, max);
        int valueBytes = reader.u32("size of a value", Long.BYTES, flags == INTERNAL ? Long.BYTES : MAX_VALUE_BYTES);
        if (HEADER_BYTES + maxEntries * (Long.BYTES + valueBytes) > BLOCK_BYTES) {
            throw reader.corrupt("a tree node of the thin pool's metadata has more entries than fit");
        }
        ByteBuffer buffer = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        ThinNode node = new ThinNode(buffer, flags == LEAF, entries, maxEntries, valueBytes);
        for (int i = 1; i < entries; i++) {
            if (Long.compareUnsigned(node.key(i - 1), node.key(i)) >= 0) {
                throw reader.corrupt("the keys of a tree node of the thin pool's metadata are out of order");
            }
        }
        return node;
    }

    boolean isLeaf() {
        return leaf;
    }

    int valueBytes() {
        return valueBytes;
    }

    long key(int index) {
        return block.getLong(HEADER_BYTES + Long.BYTES * index);
    }

    /** The first eight bytes of a value. */
    long value(int index) {
        return block.getLong(valuesAt + valueBytes * index);
    }

    /** The index of the last entry with a key of at most {@code key}, or −1. */
    int floor(long key) {
        int low = 0;
        int high = entries;
        while (low < high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(key(middle), key) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }
}
