package dev.varve.backup;

import java.util.HashMap;
import java.util.Map;

/**
 * Numbers of inodes. Not thread safe. Memory: 600 bytes for each 4096 numbers of which one is in it, so at most 1.5 MiB for 10
 * million inodes, whichever of them are in it.
 */
final class InodeSet {
    private static final int PAGE_BITS = 12;
    private static final int PAGE_WORDS = (1 << PAGE_BITS) / Long.SIZE;

    private final Map<Long, long[]> pages = new HashMap<>();

    /** @return whether it was not there before */
    boolean add(long inode) {
        long[] page = pages.computeIfAbsent(inode >>> PAGE_BITS, number -> new long[PAGE_WORDS]);
        int word = word(inode);
        long before = page[word];
        page[word] |= 1L << inode;
        return page[word] != before;
    }

    boolean contains(long inode) {
        long[] page = pages.get(inode >>> PAGE_BITS);
        return page != null && (page[word(inode)] & 1L << inode) != 0;
    }

    private static int word(long inode) {
        return (int) (inode >>> 6) & PAGE_WORDS - 1;
    }
}
