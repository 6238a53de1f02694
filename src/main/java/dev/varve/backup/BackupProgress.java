package dev.varve.backup;

/** Hears how a backup gets on; called often, from the thread that runs the backup. */
@FunctionalInterface
public interface BackupProgress {
    BackupProgress SILENT = (volume, phase, done, total) -> {};

    /**
     * @param volume name of the volume
     * @param phase what is being done
     * @param done inodes or bytes, as the phase has it
     * @param total of the phase
     */
    void at(String volume, Phase phase, long done, long total);

    /** What a backup is doing. */
    enum Phase {
        /** Scanning inodes and reading changed files; counted in inode numbers. */
        FILES,
        /** Reading what belongs to no file; counted in bytes of the device. */
        IMAGE
    }
}
