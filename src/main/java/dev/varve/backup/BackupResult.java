package dev.varve.backup;

import dev.varve.snapshot.Manifest;
import java.util.List;

/**
 * A backup that was published.
 *
 * @param volumes in the order of the sources
 * @param problems one line each: what could not be read, or should be known; empty when all is well
 */
public record BackupResult(Manifest manifest, List<VolumeOutcome> volumes, List<String> problems) {
    public BackupResult {
        volumes = List.copyOf(volumes);
        problems = List.copyOf(problems);
    }
}
