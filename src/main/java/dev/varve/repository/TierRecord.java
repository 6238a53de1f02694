package dev.varve.repository;

import dev.varve.model.RefusedException;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A cold tier of a repository, as the repository knows it (docs/format.md, "Tiers").
 *
 * @param objectName under which it is stored, {@code tiers/<32 hex>}; the digits are the tier's id
 * @param name what the user calls it
 * @param address where it is, as {@code dev.varve.backend.location.BackendLocation} reads it; no secrets
 * @param cacheBytes of local disk for what was read of it
 * @param added when
 */
public record TierRecord(String objectName, String name, String address, long cacheBytes, Instant added) {
    public static final int MAX_ADDRESS_BYTES = 4096;
    public static final long DEFAULT_CACHE_BYTES = 10L << 30;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,31}");

    /** The name of the tier that every repository has. */
    public static final String HOT = "hot";

    /** 32 hexadecimal digits. */
    public String id() {
        return objectName.substring(objectName.lastIndexOf('/') + 1);
    }

    /** @throws RefusedException unless this can be the name of a cold tier */
    public static void requireName(String name) throws RefusedException {
        if (!NAME.matcher(name).matches() || name.equals(HOT)) {
            throw new RefusedException(
                    "'" + name + "' can't be a tier's name: use 1 to 32 of a-z, 0-9, _ and -, and not '" + HOT + "'");
        }
    }
}
