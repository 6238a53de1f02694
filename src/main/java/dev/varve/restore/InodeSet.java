package dev.varve.restore;

import java.util.HashMap;
import java.util.Map;

/** Inode numbers seen. Memory: one bit each where numbers lie close together, at worst about 130 bytes each. Not thread safe. */
final class InodeSet {
    private static final int WORDS = 8;
    private static final int BITS = WORDS * Long.SIZE;

    private final Map<Long, long[]> blocks = new HashMap<>();

    /** Whether it was not in the set before. */
    boolean add(long number) {
        long[] block = blocks.computeIfAbsent(Math.floorDiv(number, BITS), key -> new long[WORDS]);
        int bit = Math.floorMod(number, BITS);
        long mask = 1L << bit;
        boolean isNew = (block[bit / Long.SIZE] & mask) == 0;
        block[bit / Long.SIZE] |= mask;
        return isNew;
    }
}
