package dev.varve.tiering;

import dev.varve.retention.PruneOptions;
import java.time.Duration;

/**
 * How data is placed.
 *
 * @param olderThan data that no snapshot younger than this needs may leave the hot tier
 * @param unusedFor unless something was read of its pack within this time
 * @param copy how to copy to each cold tier
 * @param prune how what may go is deleted from the hot tier
 */
public record ApplyOptions(Duration olderThan, Duration unusedFor, CopyOptions copy, PruneOptions prune) {
    public static final Duration DEFAULT_OLDER_THAN = Duration.ofDays(30);
    public static final Duration DEFAULT_UNUSED_FOR = Duration.ofDays(14);
}
