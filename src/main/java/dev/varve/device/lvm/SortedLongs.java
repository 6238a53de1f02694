package dev.varve.device.lvm;

import java.util.Arrays;

/** Searching in sorted arrays. */
final class SortedLongs {
    private SortedLongs() {}

    /** The index of the last of the first {@code count} values that is at most {@code key}, or −1. */
    static int floor(long[] values, int count, long key) {
        int found = Arrays.binarySearch(values, 0, count, key);
        return found >= 0 ? found : -found - 2;
    }
}
