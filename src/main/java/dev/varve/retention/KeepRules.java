package dev.varve.retention;

import java.util.Set;
import java.util.TreeSet;

/**
 * What a policy keeps, for each host by itself; a snapshot stays if any rule keeps it.
 *
 * @param last the newest ones; 0 for no such rule, as with the others
 * @param hourly the newest of each of so many hours that have one, in the zone of the host
 * @param daily the same for days
 * @param weekly for ISO weeks, which begin on Monday
 * @param monthly for months
 * @param yearly for years
 * @param within all that are not older than this before the host's newest; null for no such rule
 * @param tags all that have one of these
 */
public record KeepRules(
        int last, int hourly, int daily, int weekly, int monthly, int yearly, KeepWithin within, Set<String> tags) {
    public KeepRules {
        tags = java.util.Collections.unmodifiableSet(new TreeSet<>(tags));
        if (last < 0 || hourly < 0 || daily < 0 || weekly < 0 || monthly < 0 || yearly < 0) {
            throw new IllegalArgumentException("a number to keep is 0 or more");
        }
    }

    /** Whether nothing is asked to be kept. */
    public boolean isEmpty() {
        return last + (long) hourly + daily + weekly + monthly + yearly == 0 && within == null && tags.isEmpty();
    }
}
