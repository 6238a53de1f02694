package dev.varve.cli;

import dev.varve.model.Timestamp;
import dev.varve.model.VarveException;
import dev.varve.repository.SnapshotLabels;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.snapshot.VolumeStatistics;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code varve snapshots}. */
@Command(
        name = "snapshots",
        description = "List the snapshots, oldest first.",
        footer = {
            "",
            "FILES and SIZE are what the snapshot holds, STORED is what its backup added to the repository.",
            "",
            "  varve snapshots",
            "  varve snapshots --host web1 --json"
        })
final class SnapshotsCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss xxx");

    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Option(names = "--host", paramLabel = "NAME", description = "Only this host's; else those of all hosts.")
    private String host;

    @Option(names = "--json", description = "As a JSON array.")
    private boolean json;

    SnapshotsCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        try (OpenedSnapshots opened = OpenedSnapshots.open(repository, context)) {
            List<Manifest> all = host == null
                    ? opened.catalog().snapshots()
                    : opened.catalog().snapshots(CliContext.text(host));
            SnapshotLabels.All labels = opened.repository().labels().all();
            for (VarveException problem : labels.problems()) {
                context.terminal().error(problem.getMessage() + "; its snapshot counts as held");
            }
            if (json) {
                print(new JsonWriter(context.terminal()), all, labels);
            } else {
                printTable(all, labels);
            }
            return labels.problems().isEmpty() ? opened.exitCode() : ErrorReport.INCOMPLETE;
        }
    }

    private void printTable(List<Manifest> all, SnapshotLabels.All labels) throws IOException {
        if (all.isEmpty()) {
            context.terminal().error("no snapshots yet; make one with varve backup");
            return;
        }
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"NAME", "TIME", "HOST", "FILES", "SIZE", "STORED", "VOLUMES", "LABELS"});
        for (Manifest manifest : all) {
            List<VolumeRecord> volumes = manifest.volumes();
            rows.add(new String[] {
                manifest.name(),
                time(manifest),
                Terminal.oneLine(manifest.host()),
                Long.toString(
                        volumes.stream().mapToLong(v -> v.statistics().inodes()).sum()),
                Sizes.bytes(
                        volumes.stream().mapToLong(SnapshotsCommand::sizeBytes).sum()),
                Sizes.bytes(volumes.stream()
                        .mapToLong(v -> v.statistics().storedBytes())
                        .sum()),
                volumes.stream().map(SnapshotsCommand::title).collect(Collectors.joining(" ")),
                title(labels.of(manifest.objectName()))
            });
        }
        Table.print(rows, context.terminal(), 3, 4, 5);
    }

    private static long sizeBytes(VolumeRecord volume) {
        return volume.isRaw()
                ? volume.info().deviceBytes()
                : volume.statistics().contentBytes();
    }

    private static String title(VolumeRecord volume) {
        return Terminal.oneLine(volume.name())
                + (volume.isRaw() ? "(raw)" : "=" + volume.mountPoint().display());
    }

    private static String title(SnapshotLabels.Labels labels) {
        String tags = String.join(",", labels.tags());
        return labels.held() ? (tags + " (held)").stripLeading() : tags;
    }

    private static void print(JsonWriter json, List<Manifest> all, SnapshotLabels.All labels) throws IOException {
        json.beginArray();
        for (Manifest manifest : all) {
            json.beginObject()
                    .member("name", manifest.name())
                    .member("host", manifest.host())
                    .member("time", instant(manifest.time()).toString())
                    .member("zone", manifest.zone())
                    .member("tool", manifest.tool())
                    .member("held", labels.of(manifest.objectName()).held())
                    .name("tags")
                    .beginArray();
            for (String tag : labels.of(manifest.objectName()).tags()) {
                json.value(tag);
            }
            json.endArray().name("volumes").beginArray();
            for (VolumeRecord volume : manifest.volumes()) {
                print(json, volume);
            }
            json.endArray().endObject();
        }
        json.endArray().finish();
    }

    /** A volume with its statistics; {@code varve backup --json} shows the same. */
    static void print(JsonWriter json, VolumeRecord volume) throws IOException {
        VolumeStatistics statistics = volume.statistics();
        json.beginObject()
                .member("name", volume.name())
                .member("source", volume.source())
                .member("mountPoint", volume.mountPoint())
                .member("type", volume.info().type())
                .member("uuid", volume.info().uuid())
                .member("deviceBytes", volume.info().deviceBytes())
                .member("raw", volume.isRaw())
                .member("inodes", statistics.inodes())
                .member("regularFiles", statistics.regularFiles())
                .member("contentBytes", statistics.contentBytes())
                .member("readBytes", statistics.readBytes())
                .member("skippedBytes", statistics.skippedBytes())
                .member("newBytes", statistics.newBytes())
                .member("storedBytes", statistics.storedBytes())
                .member("unreadable", statistics.unreadable())
                .endObject();
    }

    /** When it was made, in its host's zone. */
    static String time(Manifest manifest) {
        return TIME.format(instant(manifest.time()).atZone(zone(manifest.zone())));
    }

    static Instant instant(Timestamp time) {
        return Instant.ofEpochSecond(time.seconds(), time.nanos());
    }

    /** The zone of a manifest; UTC if this Java does not know it. */
    static ZoneId zone(String id) {
        try {
            return ZoneId.of(id);
        } catch (DateTimeException e) {
            return ZoneOffset.UTC;
        }
    }
}
