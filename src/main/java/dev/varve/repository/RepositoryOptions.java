package dev.varve.repository;

import dev.varve.pack.PackFormat;

/**
 * How a repository is opened.
 *
 * @param cacheBytes heap for decoded frames
 * @param readAheadThreads threads that decode what was asked for ahead of its use
 * @param packBytes size at which a writer begins the next pack, at most {@link PackFormat#TARGET_BYTES}
 * @param deltaEntries new chunks that a writer keeps in memory before it publishes an index segment
 * @param tiers how the places of cold tiers are opened
 */
public record RepositoryOptions(
        long cacheBytes, int readAheadThreads, int packBytes, int deltaEntries, TierOpener tiers) {
    private static final int DELTA_ENTRIES = 1 << 19;

    public RepositoryOptions {
        if (packBytes < 1 || packBytes > PackFormat.TARGET_BYTES) {
            throw new IllegalArgumentException("packs of 1 to " + PackFormat.TARGET_BYTES + " bytes, not " + packBytes);
        }
    }

    public RepositoryOptions(long cacheBytes, int readAheadThreads, int packBytes, int deltaEntries) {
        this(cacheBytes, readAheadThreads, packBytes, deltaEntries, TierOpener.BY_ADDRESS);
    }

    /** The same with tiers in other places; for tests. */
    public RepositoryOptions with(TierOpener opener) {
        return new RepositoryOptions(cacheBytes, readAheadThreads, packBytes, deltaEntries, opener);
    }

    /** A quarter of the heap up to 256 MiB, and as many threads as there are cores. */
    public static RepositoryOptions defaults() {
        Runtime runtime = Runtime.getRuntime();
        return new RepositoryOptions(
                Math.min(256L << 20, runtime.maxMemory() / 4),
                runtime.availableProcessors(),
                PackFormat.TARGET_BYTES,
                DELTA_ENTRIES);
    }

    /** The same with small packs and segments, so that a small backup has many; for tests. */
    public RepositoryOptions writing(int newPackBytes, int newDeltaEntries) {
        return new RepositoryOptions(cacheBytes, readAheadThreads, newPackBytes, newDeltaEntries, tiers);
    }
}
