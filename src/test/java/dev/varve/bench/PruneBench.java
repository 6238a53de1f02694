package dev.varve.bench;

import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.model.PackKind;
import dev.varve.model.Timestamp;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryOptions;
import dev.varve.repository.WriteSession;
import dev.varve.retention.Forgetting;
import dev.varve.retention.PruneOptions;
import dev.varve.retention.PruneReport;
import dev.varve.retention.Pruning;
import dev.varve.snapshot.ContentWriter;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.snapshot.SnapshotPublisher;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.testing.StoredInodes;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measures pruning; run by scripts/bench/prune. {@code build DIR COUNT} makes a repository with COUNT chunks of 16 bytes, so that
 * there are as many chunks as in one that is two thousand times as large, in ten groups, and twenty snapshots of one or two of
 * them. The first half of each group lies by itself, the other half mixed with those of two other groups. {@code prune DIR}
 * forgets what needs two groups of each three, then prunes.
 */
public final class PruneBench {
    private static final int GROUPS = 9;
    private static final RepositoryOptions OPTIONS =
            RepositoryOptions.defaults().writing(8 << 20, 1 << 19);

    private PruneBench() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "build" -> build(directory, Long.parseLong(arguments[2]));
            case "prune" -> prune(directory);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void build(Path directory, long count) throws IOException {
        Repository.create(directory, null).close();
        try (Repository repository = Repository.open(directory, null, OPTIONS)) {
            List<VolumeRecord> groups = write(repository, count / GROUPS);
            SnapshotPublisher publisher = new SnapshotPublisher(repository.manifests(), "bench");
            for (int i = 0; i < 2 * GROUPS; i++) {
                List<VolumeRecord> volumes =
                        i < GROUPS ? List.of(groups.get(i)) : List.of(groups.get(i - GROUPS), groups.get(i - GROUPS));
                publisher.publish(
                        i % GROUPS % 3 == 0 ? "stays" : "goes",
                        new Timestamp(1_700_000_000L + 86_400L * i, 0),
                        ZoneOffset.UTC,
                        volumes,
                        false);
            }
            repository.tidy();
        }
    }

    private static List<VolumeRecord> write(Repository repository, long chunksOfGroup) throws IOException {
        List<VolumeRecord> records = new ArrayList<>();
        try (WriteSession session = repository.begin()) {
            try (ChunkLane data = session.lane(PackKind.DATA);
                    ChunkLane metadata = session.lane(PackKind.METADATA)) {
                List<ContentWriter> writers = new ArrayList<>();
                for (int group = 0; group < GROUPS; group++) {
                    writers.add(new ContentWriter(metadata));
                    for (long i = 0; i < chunksOfGroup / 2; i++) {
                        put(data, writers.get(group), group, i);
                    }
                }
                for (int first = 0; first < GROUPS; first += 3) {
                    for (long i = chunksOfGroup / 2; i < chunksOfGroup; i++) {
                        for (int group = first; group < first + 3; group++) {
                            put(data, writers.get(group), group, i);
                        }
                    }
                }
                for (ContentWriter writer : writers) {
                    records.add(new VolumeRecord(
                            "v" + records.size(),
                            "bench",
                            ByteString.utf8("/"),
                            StoredInodes.info(0, 4096),
                            null,
                            writer.finish(),
                            StoredInodes.NO_STATISTICS));
                }
            }
            session.commit();
        }
        return records;
    }

    private static void put(ChunkLane lane, ContentWriter writer, int group, long number) throws IOException {
        byte[] chunk = ByteBuffer.allocate(16).putLong(group).putLong(number).array();
        ChunkId id = lane.put(chunk, 0, chunk.length);
        writer.addChunk(id, chunk.length);
    }

    private static void prune(Path directory) throws IOException {
        try (Repository repository = Repository.open(directory, null, OPTIONS)) {
            row("chunks", repository.indexView().ordinalCount(), "");
            row("packs", repository.packAccess().sizes().size(), "");
            run(repository, "look, with nothing to prune", Duration.ofHours(24));
            for (Manifest manifest : new SnapshotCatalog(repository.manifests()).snapshots("goes")) {
                new Forgetting(repository).forget(manifest);
            }
            PruneReport report = run(repository, "find, write anew, mark", Duration.ofHours(24));
            row("packs marked", report.markedPacks(), "");
            row("of those written anew", report.repackedPacks(), "");
            report = run(repository, "look again and delete", Duration.ZERO);
            row("packs deleted", report.deletedPacks(), "");
            row("heap limit", Runtime.getRuntime().maxMemory() / 1048576.0, "MiB");
            row("heap peak, garbage included", peakMebibytes(), "MiB");
        }
    }

    private static PruneReport run(Repository repository, String what, Duration grace) throws IOException {
        long start = System.nanoTime();
        PruneReport report = new Pruning(
                        repository, new PruneOptions(grace, Long.MAX_VALUE, false), Clock.systemUTC(), manifest -> {})
                .run();
        row(what, (System.nanoTime() - start) / 1e9, "s");
        return report;
    }

    private static double peakMebibytes() {
        long sum = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            sum += pool.getType() == MemoryType.HEAP ? pool.getPeakUsage().getUsed() : 0;
        }
        return sum / 1048576.0;
    }

    private static void row(String what, double value, String unit) {
        System.out.println(String.format(Locale.ROOT, "| %-34s | %14.1f | %-6s |", what, value, unit));
    }
}
