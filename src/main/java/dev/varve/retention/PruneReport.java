package dev.varve.retention;

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
    public PruneReport {
        problems = List.copyOf(problems);
    }
}
