package dev.varve.retention;

import java.time.Duration;

/**
 * How to prune.
 *
 * @param grace between marking and deleting; zero when nobody else is active
 * @param maxRepackBytes plaintext that is written anew at most
 */
public record PruneOptions(Duration grace, long maxRepackBytes, boolean dryRun) {
    public static final Duration DEFAULT_GRACE = Duration.ofHours(24);
    public static final long DEFAULT_MAX_REPACK_BYTES = 16L << 30;

    public PruneOptions {
        if (grace.isNegative() || maxRepackBytes < 0) {
            throw new IllegalArgumentException("neither the grace period nor what is written anew can be negative");
        }
    }
}
