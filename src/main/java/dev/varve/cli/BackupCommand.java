package dev.varve.cli;

import dev.varve.backup.BackupJob;
import dev.varve.backup.BackupOptions;
import dev.varve.backup.BackupProgress;
import dev.varve.backup.BackupResult;
import dev.varve.backup.BackupSource;
import dev.varve.backup.SourceLocation;
import dev.varve.backup.VolumeOutcome;
import dev.varve.device.lvm.LogicalVolumeAddress;
import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import dev.varve.model.VarveException;
import dev.varve.repository.Repository;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.snapshot.VolumeStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code varve backup}. */
@Command(
        name = "backup",
        description = "Back up volumes as one snapshot.",
        footer = {
            "",
            "The first backup reads all that is allocated, later ones only what changed. Back up snapshots of",
            "volumes, not volumes that are mounted and written to. pv:DEVICE[,DEVICE]:VG/LV is a logical volume that is",
            "read straight from its physical volumes (disks, partitions or images), without LVM.",
            "",
            "  varve backup /dev/vg0/root-snap=/",
            "  varve backup /dev/vg0/root-snap=/ /dev/vg0/home-snap=/home",
            "  varve backup pv:/dev/sdb3:vg0/root=/",
            "  varve backup --at 2024-05-01T02:00 --host web1 web1.img=/"
        })
final class BackupCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Parameters(
            paramLabel = "SOURCE[=MOUNTPOINT]",
            arity = "1..*",
            description =
                    "A block device, image file or pv: address, and where it is mounted on its host (/ if there is only one).")
    private List<String> sources;

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "When the snapshot was taken: 2024-05-01T02:00:00Z, or local 2024-05-01T02:00. Else now.")
    private String at;

    @Option(names = "--host", paramLabel = "NAME", description = "Whose backup this is; else this machine's.")
    private String host;

    @Option(names = "--tag", paramLabel = "TAG", description = "Tag the snapshot; may be given several times.")
    private List<String> tags = List.of();

    @Option(names = "--raw", description = "Keep the sources as images only, whatever is on them.")
    private boolean raw;

    @Option(
            names = "--verify",
            paramLabel = "PERCENT",
            defaultValue = "2",
            description = "Share of the unchanged files that is read again to prove them so (${DEFAULT-VALUE}).")
    private double verifyPercent;

    @Option(names = "--json", description = "The result as a JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    BackupCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        List<BackupSource> parsed = parseSources();
        List<String> parsedTags = TagCommand.parse(tags, spec);
        ZoneId zone = ZoneId.systemDefault();
        Timestamp time = parseTime(zone);
        if (!(verifyPercent >= 0 && verifyPercent <= 100)) {
            throw usage("--verify is a percentage, 0 to 100");
        }
        long start = System.nanoTime();
        AtomicReference<String> doing = new AtomicReference<>("opening the repository");
        try (Repository opened = repository.open(context);
                ProgressLine line = ProgressLine.start(context, doing::get)) {
            BackupOptions options = new BackupOptions(
                    host == null ? HostOption.thisMachine() : CliContext.text(host),
                    time,
                    zone,
                    parsed,
                    context.workers(),
                    verifyPercent,
                    Path.of(System.getProperty("java.io.tmpdir")),
                    Varve.version(),
                    (volume, phase, done, total) -> doing.set(progress(volume, phase, done, total)));
            BackupResult result = new BackupJob(opened, options).run();
            line.close();
            boolean tagged = tag(opened, result, parsedTags);
            int code = conclude(result, System.nanoTime() - start);
            return code == ErrorReport.DONE && !tagged ? ErrorReport.INCOMPLETE : code;
        }
    }

    /** The snapshot stands already: tags that could not be put on it are no reason to call the backup failed. */
    private boolean tag(Repository opened, BackupResult result, List<String> parsedTags) throws IOException {
        try {
            for (String tag : parsedTags) {
                opened.labels().addTag(result.manifest().objectName(), tag);
            }
            return true;
        } catch (VarveException e) {
            context.terminal().error("the backup is complete, but not tagged: " + e.getMessage());
            return false;
        }
    }

    private int conclude(BackupResult result, long nanos) throws IOException {
        if (json) {
            print(new JsonWriter(context.terminal()), result, nanos);
        } else {
            for (VolumeOutcome volume : result.volumes()) {
                print(volume);
            }
            context.terminal()
                    .line("snapshot " + result.manifest().name() + " of "
                            + Terminal.oneLine(result.manifest().host()) + " in " + Sizes.seconds(nanos));
        }
        result.problems().forEach(context.terminal()::error);
        return result.problems().isEmpty() ? ErrorReport.DONE : ErrorReport.INCOMPLETE;
    }

    private void print(VolumeOutcome volume) throws IOException {
        VolumeRecord record = volume.record();
        VolumeStatistics statistics = record.statistics();
        StringBuilder line = new StringBuilder(record.name())
                .append(record.isRaw() ? " (raw)" : " on " + record.mountPoint().display())
                .append(": read ")
                .append(Sizes.bytes(statistics.readBytes()))
                .append(", skipped ")
                .append(Sizes.bytes(statistics.skippedBytes()))
                .append(", stored ")
                .append(Sizes.bytes(statistics.storedBytes()));
        if (!record.isRaw()) {
            line.append("; ")
                    .append(Sizes.count(
                            volume.counts().filesRead() - volume.counts().filesProved(), "file"))
                    .append(" new or changed of ")
                    .append(statistics.regularFiles());
            if (volume.counts().filesProved() > 0) {
                line.append(", ").append(volume.counts().filesProved()).append(" proved unchanged");
            }
        }
        context.terminal().line(line.toString());
        if (volume.counts().fullReadReason() != null) {
            context.terminal().line("  all was read: " + volume.counts().fullReadReason());
        }
    }

    private static void print(JsonWriter writer, BackupResult result, long nanos) throws IOException {
        writer.beginObject()
                .member("name", result.manifest().name())
                .member("host", result.manifest().host())
                .member(
                        "time",
                        SnapshotsCommand.instant(result.manifest().time()).toString())
                .member("milliseconds", nanos / 1_000_000)
                .name("volumes")
                .beginArray();
        for (VolumeOutcome volume : result.volumes()) {
            SnapshotsCommand.print(writer, volume.record());
        }
        writer.endArray().name("problems").beginArray();
        for (String problem : result.problems()) {
            writer.value(problem);
        }
        writer.endArray().endObject().finish();
    }

    private static String progress(String volume, BackupProgress.Phase phase, long done, long total) {
        long percent = total <= 0 ? 0 : Math.min(100, Math.round(100.0 * done / total));
        return volume + ": " + (phase == BackupProgress.Phase.FILES ? "files " : "image ") + percent + " %";
    }

    private List<BackupSource> parseSources() {
        List<BackupSource> parsed = new ArrayList<>();
        for (String word : sources) {
            int split = word.lastIndexOf("=/");
            if (split < 0 && sources.size() > 1) {
                throw usage("With several sources each needs its mount point: " + word + "=/WHERE");
            }
            String path = split < 0 ? word : word.substring(0, split);
            if (path.isEmpty()) {
                throw usage("No source in '" + word + "'");
            }
            ByteString mountPoint = split < 0 ? ByteString.utf8("/") : CliContext.bytes(word.substring(split + 1));
            parsed.add(new BackupSource(location(path), mountPoint, raw));
        }
        return parsed;
    }

    private SourceLocation location(String path) {
        if (!LogicalVolumeAddress.isOne(path)) {
            return SourceLocation.device(Path.of(path));
        }
        try {
            return SourceLocation.logicalVolume(LogicalVolumeAddress.parse(path));
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage());
        }
    }

    private Timestamp parseTime(ZoneId zone) {
        if (at == null) {
            return null;
        }
        try {
            return TimeArgument.parse(at, zone);
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage());
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
