package dev.varve.repository;

/**
 * How a repository is opened.
 *
 * @param cacheBytes heap for decoded frames
 * @param readAheadThreads threads that decode what was asked for ahead of its use
 */
public record RepositoryOptions(long cacheBytes, int readAheadThreads) {
    /** A quarter of the heap up to 256 MiB, and as many threads as there are cores. */
    public static RepositoryOptions defaults() {
        Runtime runtime = Runtime.getRuntime();
        return new RepositoryOptions(Math.min(256L << 20, runtime.maxMemory() / 4), runtime.availableProcessors());
    }
}
