package dev.varve.backup;

import dev.varve.model.Timestamp;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;

/**
 * What to back up and how.
 *
 * @param host whose backup it is
 * @param time of the snapshot; null for now
 * @param zone in which the snapshot is named
 * @param sources at least one, each with a mount point of its own
 * @param workers threads that compress and store
 * @param verifyPercent of unchanged files that are read again to prove that they are
 * @param scratchDirectory for what does not fit in memory: about 32 bytes an extent and a byte an inode
 * @param tool name and version of this program, for the manifest
 */
public record BackupOptions(
        String host,
        Timestamp time,
        ZoneId zone,
        List<BackupSource> sources,
        int workers,
        double verifyPercent,
        Path scratchDirectory,
        String tool,
        BackupProgress progress) {
    /** Enough to find a wrong rule within weeks, little enough not to be felt. */
    public static final double DEFAULT_VERIFY_PERCENT = 2;

    public BackupOptions {
        sources = List.copyOf(sources);
        if (sources.isEmpty()) {
            throw new IllegalArgumentException("nothing to back up");
        }
        if (workers < 1) {
            throw new IllegalArgumentException("at least one worker, not " + workers);
        }
        if (!(verifyPercent >= 0 && verifyPercent <= 100)) {
            throw new IllegalArgumentException("percent to verify must be in 0 to 100, not " + verifyPercent);
        }
    }

    /** A backup made now, in this machine's zone, with the usual settings. */
    public static BackupOptions of(String host, List<BackupSource> sources, String tool) {
        return new BackupOptions(
                host,
                null,
                ZoneId.systemDefault(),
                sources,
                Runtime.getRuntime().availableProcessors(),
                DEFAULT_VERIFY_PERCENT,
                Path.of(System.getProperty("java.io.tmpdir")),
                tool,
                BackupProgress.SILENT);
    }
}
