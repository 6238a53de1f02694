package dev.varve.index;

import java.util.List;
import java.util.Optional;

/**
 * Which segments to merge: tiered by size. Classes are a factor of eight apart. Eight or more neighbours, all smaller than
 * a class's limit, become one when that one reaches the limit; so an entry is rewritten about once a class. The smallest
 * class, and a crowd of {@link #CROWD}, merge whatever comes of it, so that segments stay few. Only neighbours in the list
 * merge, so "newer wins" keeps its meaning.
 */
final class MergePolicy {
    static final int FAN_IN = 8;

    static final int CROWD = 32;

    private static final long SMALLEST_CLASS = 1024;

    private final long maxEntries;

    /** @param maxEntries no merge makes a larger segment */
    MergePolicy(long maxEntries) {
        this.maxEntries = maxEntries;
    }

    /** Neighbours {@code [from, to)} of the list. */
    record Run(int from, int to) {}

    /** @param sizes entries of each segment, oldest first */
    Optional<Run> pick(List<Long> sizes) {
        for (long limit = SMALLEST_CLASS; limit / FAN_IN < maxEntries; limit *= FAN_IN) {
            int from = 0;
            for (int to = 0; to <= sizes.size(); to++) {
                if (to == sizes.size() || sizes.get(to) >= limit) {
                    Run run = fitting(sizes, from, to, limit);
                    if (run != null) {
                        return Optional.of(run);
                    }
                    from = to + 1;
                }
            }
        }
        return Optional.empty();
    }

    /** As many of a run as make one segment; null when that is not worth rewriting them. */
    private Run fitting(List<Long> sizes, int from, int end, long limit) {
        if (end - from < FAN_IN) {
            return null;
        }
        long total = 0;
        int to = from;
        while (to < end && total + sizes.get(to) <= maxEntries) {
            total += sizes.get(to++);
        }
        boolean cut = to < end; // by the cap: then no larger class will take them
        boolean worthIt = cut
                ? to - from >= FAN_IN || (to - from >= 2 && total >= maxEntries / 2)
                : total >= limit || limit == SMALLEST_CLASS || to - from >= CROWD;
        return worthIt ? new Run(from, to) : null;
    }
}
