package dev.varve.retention;

import dev.varve.index.IndexView;
import dev.varve.model.PackId;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * How much of a pack is needed.
 *
 * @param neededBytes plaintext of the chunks that some snapshot needs in this pack
 * @param knownBytes plaintext of all its chunks that the index places in it
 */
record PackUse(long neededBytes, long knownBytes) {
    private static final PackUse NONE = new PackUse(0, 0);

    /** Whether less than half is needed, so that writing that anew gains more than it costs. */
    boolean isMostlyDead() {
        return neededBytes * 2 < knownBytes;
    }

    double neededShare() {
        return knownBytes == 0 ? 0 : (double) neededBytes / knownBytes;
    }

    /** Reads the whole index once. Memory: 150 bytes a pack. */
    static Map<PackId, PackUse> of(IndexView index, Needs needs) throws IOException {
        Map<PackId, long[]> sums = new HashMap<>();
        for (PackId pack : index.packs()) {
            sums.put(pack, new long[2]);
        }
        index.forEachLocation((id, location, ordinal) -> {
            long[] sum = sums.get(location.pack());
            sum[1] += location.length();
            if (needs.isNeeded(id, location.pack(), ordinal)) {
                sum[0] += location.length();
            }
        });
        Map<PackId, PackUse> uses = new HashMap<>();
        sums.forEach((pack, sum) -> uses.put(pack, new PackUse(sum[0], sum[1])));
        return uses;
    }

    static PackUse of(Map<PackId, PackUse> uses, PackId pack) {
        return uses.getOrDefault(pack, NONE);
    }

    /** The packs that nothing needs. */
    static boolean isDead(Map<PackId, PackUse> uses, PackId pack, Set<PackId> marked) {
        PackUse use = uses.get(pack);
        return use != null && use.neededBytes() == 0 && !marked.contains(pack);
    }
}
