package dev.varve.retention;

import dev.varve.model.PackId;
import java.time.Instant;
import java.util.Set;

/**
 * What of the data that lies in every cold tier stays in the hot one, too.
 *
 * @param youngSince data that a snapshot of this time or later needs stays
 * @param usedPacks stay: something was read from them lately
 */
public record HotPolicy(Instant youngSince, Set<PackId> usedPacks) {
    public HotPolicy {
        usedPacks = Set.copyOf(usedPacks);
    }
}
