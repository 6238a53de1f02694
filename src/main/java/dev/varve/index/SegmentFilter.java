package dev.varve.index;

import dev.varve.model.ChunkId;
import java.nio.ByteBuffer;

/**
 * A blocked Bloom filter: answers most lookups of absent chunks with one cache miss. 12 bits a key, six bits set in one
 * block of 64 bytes; about 1 in 200 absent keys passes. The block is chosen by the key's first 32 bits in key order, so a
 * segment's filter is written front to back while its sorted entries stream by, and needs no memory to build; the six bits
 * come from the second word. Ids are keyed hashes, so nobody without the key can aim at one block.
 *
 * <p>Read in place from the mapped file; thread safe.
 */
final class SegmentFilter {
    static final int BLOCK_BYTES = 64;
    static final int BITS_PER_KEY = 12;

    private static final int PROBES = 6;
    private static final int BIT_INDEX_BITS = 9;

    private final ByteBuffer blocks;
    private final int blockCount;
    private final PageChecks checks;

    /** @param blocks the filter's bytes; {@code checks} vouches for them unit by unit */
    SegmentFilter(ByteBuffer blocks, PageChecks checks) {
        this.blocks = blocks;
        this.blockCount = blocks.capacity() / BLOCK_BYTES;
        this.checks = checks;
    }

    static int blocksFor(long keys) {
        return Math.toIntExact((keys * BITS_PER_KEY + BLOCK_BYTES * 8 - 1) / (BLOCK_BYTES * 8));
    }

    /** Never decreases from one key to the next in key order. */
    static int blockOf(ChunkId id, int blockCount) {
        return (int) ((id.a() >>> 32) * blockCount >>> 32);
    }

    /** Sets the key's bits in its block. */
    static void add(ChunkId id, byte[] block) {
        long bits = id.b();
        for (int probe = 0; probe < PROBES; probe++) {
            int bit = (int) bits & (1 << BIT_INDEX_BITS) - 1;
            block[bit >>> 3] |= (byte) (1 << (bit & 7));
            bits >>>= BIT_INDEX_BITS;
        }
    }

    boolean mayContain(ChunkId id) {
        if (blockCount == 0) {
            return false;
        }
        int start = blockOf(id, blockCount) * BLOCK_BYTES;
        checks.requireFilter(start);
        long bits = id.b();
        for (int probe = 0; probe < PROBES; probe++) {
            int bit = (int) bits & (1 << BIT_INDEX_BITS) - 1;
            if ((blocks.get(start + (bit >>> 3)) >>> (bit & 7) & 1) == 0) {
                return false;
            }
            bits >>>= BIT_INDEX_BITS;
        }
        return true;
    }
}
