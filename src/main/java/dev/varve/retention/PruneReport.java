package dev.varve.retention;

import java.util.ArrayList;
import java.util.List;

/**
 * What a prune did, or, on a dry run, would do. Bytes are as stored.
 *
 * @param deletedPacks packs that were deleted
 * @param markedPacks packs that were marked in this run and wait for their grace period
 * @param waitingPacks packs marked before whose grace period has not passed
 * @param revivedPacks packs that were marked and are needed again
 * @param repackedPacks of those marked or deleted, packs whose needed part was written anew
 * @param neededBytes what all snapshots need, with what lies in packs beside it
 * @param problems one line each
 */
public record PruneReport(
        long deletedPacks,
        long deletedBytes,
        long markedPacks,
        long markedBytes,
        long waitingPacks,
        long waitingBytes,
        long revivedPacks,
        long repackedPacks,
        long repackedBytes,
        long neededBytes,
        List<String> problems) {
    /** Nothing done. */
    public static final PruneReport NOTHING = new PruneReport(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, List.of());

    public PruneReport {
        problems = List.copyOf(problems);
    }

    /** Nothing done, and why. */
    public static PruneReport problem(String why) {
        return new PruneReport(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, List.of(why));
    }

    /** This and what was done in another tier. */
    public PruneReport and(PruneReport other) {
        List<String> all = new ArrayList<>(problems);
        all.addAll(other.problems);
        return new PruneReport(
                deletedPacks + other.deletedPacks,
                deletedBytes + other.deletedBytes,
                markedPacks + other.markedPacks,
                markedBytes + other.markedBytes,
                waitingPacks + other.waitingPacks,
                waitingBytes + other.waitingBytes,
                revivedPacks + other.revivedPacks,
                repackedPacks + other.repackedPacks,
                repackedBytes + other.repackedBytes,
                neededBytes + other.neededBytes,
                all);
    }
}
