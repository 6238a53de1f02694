package dev.varve.tiering;

import dev.varve.model.PackId;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What lies where of some files.
 *
 * @param bytes by the name of the tier they would be read from
 * @param packs by the name of a cold tier, those that hold them; 100 bytes each
 * @param lost bytes of which it is not known where they lie
 */
public record RecallPlan(long files, Map<String, Long> bytes, Map<String, Set<PackId>> packs, long lost) {
    /** Bytes a second that a cold tier is taken to give, where nothing better is known. */
    public static final long ASSUMED_BYTES_PER_SECOND = 40L << 20;

    public RecallPlan {
        bytes = new TreeMap<>(bytes);
        packs = new TreeMap<>(packs);
    }

    public long coldBytes() {
        long sum = 0;
        for (Map.Entry<String, Long> tier : bytes.entrySet()) {
            sum += packs.containsKey(tier.getKey()) ? tier.getValue() : 0;
        }
        return sum;
    }
}
