package dev.varve.repository;

import dev.varve.model.PackId;
import java.time.Instant;
import java.util.Set;

/**
 * Says that packs are to be deleted, since no snapshot needs them (docs/format.md, "Marks"). Memory: 100 bytes a pack and
 * snapshot.
 *
 * @param objectName under which it is stored
 * @param tier the id of the cold tier in which the packs lie; empty for the hot one
 * @param time when it was made, by the clock of who made it
 * @param snapshots object names of the manifests that were looked at: none of them needs these packs
 * @param knew object names of the marks that were known when it was made
 * @param packs at most {@link #MAX_PACKS}
 */
public record PruneMark(
        String objectName, String tier, Instant time, Set<String> snapshots, Set<String> knew, Set<PackId> packs) {
    /** So that one mark is one envelope. */
    public static final int MAX_PACKS = 100_000;

    public PruneMark {
        snapshots = Set.copyOf(snapshots);
        knew = Set.copyOf(knew);
        packs = Set.copyOf(packs);
        if (packs.size() > MAX_PACKS) {
            throw new IllegalArgumentException("a mark names at most " + MAX_PACKS + " packs, not " + packs.size());
        }
    }

    /** Whether of these two, made without knowledge of each other, this is the one that does not count. */
    public boolean isVoidBeside(PruneMark other) {
        return !knew.contains(other.objectName)
                && !other.knew.contains(objectName)
                && objectName.compareTo(other.objectName) > 0;
    }
}
