package dev.varve.bench;

import dev.varve.index.ChunkIndex;
import dev.varve.index.IndexDelta;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Measures the chunk index; run by scripts/bench/index. {@code build DIR COUNT} publishes and merges COUNT chunks as
 * backups would; {@code lookup DIR COUNT LABEL} opens what was built and looks up on one thread, in a process of its own so
 * that its heap can be held small.
 */
public final class IndexBench {
    private static final int DELTA = 1 << 20;
    private static final int CHUNKS_PER_PACK = 2048;
    private static final int LOOKUPS = 4_000_000;

    private IndexBench() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[1]);
        long count = Long.parseLong(arguments[2]);
        switch (arguments[0]) {
            case "build" -> build(directory, count);
            case "lookup" -> lookup(directory, count, arguments[3]);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void build(Path directory, long count) throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            long start = System.nanoTime();
            IndexDelta delta = new IndexDelta(DELTA);
            for (long first = 0; first < count; first += DELTA) {
                long end = Math.min(count, first + DELTA);
                for (long i = first; i < end; i++) {
                    ChunkId id = id(i);
                    delta.claim(id);
                    delta.resolve(id, location(i));
                }
                List<PackId> packs = Stream.iterate(first / CHUNKS_PER_PACK, n -> n + 1)
                        .limit((end - 1) / CHUNKS_PER_PACK - first / CHUNKS_PER_PACK + 1)
                        .map(n -> new PackId(n, ~n))
                        .toList();
                index.publish(delta, packs);
                delta.drop(packs);
            }
            row("claim, resolve and publish", count / seconds(start), "keys/s");
            row("segments", index.view().segmentCount(), "");
            row("bytes a key on disk", (double) bytes(directory) / count, "B");
            lookup(directory, count, "before merging");
            start = System.nanoTime();
            index.mergeSmall();
            row("merge", count / seconds(start), "keys/s");
            row("segments after merging", index.view().segmentCount(), "");
            row("bytes a key on disk, merged", (double) bytes(directory) / count, "B");
            start = System.nanoTime();
            List<String> found = index.verify();
            row("verify", count / seconds(start), "keys/s");
            if (!found.isEmpty()) {
                throw new IOException("damaged: " + found);
            }
        }
    }

    private static void lookup(Path directory, long count, String label) throws IOException {
        long start = System.nanoTime();
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            row("open, " + label, (System.nanoTime() - start) / 1e6, "ms");
            SplittableRandom random = new SplittableRandom(1);
            row("first million hits, " + label, measure(index, random, count, true, 1_000_000), "/s");
            measure(index, random, count, false, 1_000_000);
            row("hits, " + label, measure(index, random, count, true, LOOKUPS), "/s");
            row("misses, " + label, measure(index, random, count, false, LOOKUPS), "/s");
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            row("heap in use, " + label, (runtime.totalMemory() - runtime.freeMemory()) / 1048576.0, "MiB");
            row("heap limit, " + label, runtime.maxMemory() / 1048576.0, "MiB");
            if (!index.problems().isEmpty()) {
                throw new IOException("damaged: " + index.problems());
            }
        }
    }

    /** Lookups a second of this thread's processor time, so that a busy machine does not change it much. */
    private static double measure(ChunkIndex index, SplittableRandom random, long count, boolean present, int lookups) {
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (int i = 0; i < lookups; i++) {
            long number = random.nextLong(count);
            if (index.contains(id(present ? number : ~number)) != present) {
                throw new IllegalStateException("wrong answer for " + number);
            }
        }
        return lookups * 1e9 / (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start);
    }

    private static ChunkId id(long number) {
        SplittableRandom words = new SplittableRandom(number);
        return new ChunkId(words.nextLong(), words.nextLong(), words.nextLong(), words.nextLong());
    }

    private static ChunkLocation location(long number) {
        long pack = number / CHUNKS_PER_PACK;
        int within = (int) (number % CHUNKS_PER_PACK);
        return new ChunkLocation(new PackId(pack, ~pack), within / 8 * 200_000, 200_000, within % 8 * 32_768, 32_768);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static long bytes(Path directory) throws IOException {
        long sum = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                sum += Files.size(file);
            }
        }
        return sum;
    }

    private static void row(String what, double value, String unit) {
        System.out.println(String.format(Locale.ROOT, "| %-34s | %14.1f | %-6s |", what, value, unit));
    }
}
