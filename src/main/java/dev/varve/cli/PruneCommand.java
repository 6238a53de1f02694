package dev.varve.cli;

import dev.varve.model.BackendException;
import dev.varve.repository.MarkWatch;
import dev.varve.repository.PackAccess;
import dev.varve.repository.Repository;
import dev.varve.retention.KeepWithin;
import dev.varve.retention.PruneOptions;
import dev.varve.retention.PruneReport;
import dev.varve.retention.Pruning;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code varve prune}. */
@Command(
        name = "prune",
        description = {
            "Free the room of what no snapshot needs.",
            "Packs are marked first and deleted by a later prune, when their grace period is over. Backups, mounts and checks may run meanwhile."
        },
        footer = {
            "",
            "To free the room at once, when no backup runs anywhere: --grace 0.",
            "",
            "  varve prune",
            "  varve prune --dry-run",
            "  varve prune --grace 0 --max-repack 2G"
        })
final class PruneCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Option(
            names = "--grace",
            paramLabel = "TIME",
            defaultValue = "24h",
            description = "Between marking and deleting (${DEFAULT-VALUE}): 24h, 3d, or 0 if no backup runs.")
    private String grace;

    @Option(
            names = "--max-repack",
            paramLabel = "SIZE",
            defaultValue = "16G",
            description = "Write no more than this anew to free packs that are mostly dead (${DEFAULT-VALUE}).")
    private String maxRepack;

    @Option(names = "--dry-run", description = "Show what would be done.")
    private boolean dryRun;

    @Option(names = "--json", description = "The result as a JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    PruneCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        PruneOptions options = options();
        long start = System.nanoTime();
        AtomicReference<String> doing = new AtomicReference<>("opening the repository");
        PruneReport report = PruneReport.NOTHING;
        try (Repository opened = repository.open(context);
                ProgressLine line = ProgressLine.start(context, doing::get)) {
            for (PackAccess tier : opened.packsOfTiers()) {
                report = report.and(prune(opened, tier, options, doing));
            }
        }
        if (json) {
            print(new JsonWriter(context.terminal()), report);
        } else {
            print(report, options, System.nanoTime() - start);
        }
        report.problems().forEach(context.terminal()::error);
        return report.problems().isEmpty() ? ErrorReport.DONE : ErrorReport.INCOMPLETE;
    }

    /** One tier after another; a cold one that is away keeps its garbage until next time. */
    private static PruneReport prune(
            Repository opened, PackAccess tier, PruneOptions options, AtomicReference<String> doing)
            throws IOException {
        String where = tier.isHot() ? "" : "tier " + tier.tier() + ": ";
        try {
            return new Pruning(
                            opened,
                            tier,
                            null,
                            options,
                            Clock.systemUTC(),
                            manifest ->
                                    doing.set(where + "what " + manifest.name() + " of " + manifest.host() + " needs"))
                    .run();
        } catch (BackendException e) {
            if (tier.isHot()) {
                throw e;
            }
            return PruneReport.problem(e.getMessage() + "; nothing of this tier is pruned");
        }
    }

    private void print(PruneReport report, PruneOptions options, long nanos) throws IOException {
        String would = dryRun ? "would be " : "";
        Terminal terminal = context.terminal();
        terminal.line(line(would + "deleted", report.deletedPacks(), report.deletedBytes()));
        if (!options.grace().isZero()) {
            terminal.line(
                    line(would + "marked, for a prune after " + grace, report.markedPacks(), report.markedBytes()));
        }
        if (report.waitingPacks() > 0) {
            terminal.line(line("marked before and waiting", report.waitingPacks(), report.waitingBytes()));
        }
        if (report.revivedPacks() > 0) {
            terminal.line("needed again: " + Sizes.count(report.revivedPacks(), "pack"));
        }
        if (report.repackedPacks() > 0) {
            terminal.line(
                    line(would + "written anew, without what is dead", report.repackedPacks(), report.repackedBytes()));
        }
        terminal.line(
                "snapshots need packs of " + Sizes.bytes(report.neededBytes()) + "; took " + Sizes.seconds(nanos));
    }

    private static String line(String what, long packs, long bytes) {
        return what + ": " + Sizes.count(packs, "pack") + (packs > 0 ? ", " + Sizes.bytes(bytes) : "");
    }

    private void print(JsonWriter writer, PruneReport report) throws IOException {
        writer.beginObject()
                .member("dryRun", dryRun)
                .member("deletedPacks", report.deletedPacks())
                .member("deletedBytes", report.deletedBytes())
                .member("markedPacks", report.markedPacks())
                .member("markedBytes", report.markedBytes())
                .member("waitingPacks", report.waitingPacks())
                .member("waitingBytes", report.waitingBytes())
                .member("revivedPacks", report.revivedPacks())
                .member("repackedPacks", report.repackedPacks())
                .member("repackedBytes", report.repackedBytes())
                .member("neededBytes", report.neededBytes())
                .name("problems")
                .beginArray();
        for (String problem : report.problems()) {
            writer.value(problem);
        }
        writer.endArray().endObject().finish();
    }

    private PruneOptions options() {
        return options(spec, grace, maxRepack, dryRun);
    }

    /** What a command line says about pruning, as wrong usage if it can't be. */
    static PruneOptions options(CommandSpec spec, String grace, String maxRepack, boolean dryRun) {
        Duration time = duration(spec, "--grace", grace);
        if (!time.isZero() && time.compareTo(MarkWatch.SHORTEST_SAFE_GRACE) < 0) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--grace is at least " + MarkWatch.SHORTEST_SAFE_GRACE.toHours()
                            + "h, or 0 if no backup runs anywhere");
        }
        return new PruneOptions(time, TierCommand.size(spec, "--max-repack", maxRepack), dryRun);
    }

    /** {@code 24h}, {@code 3d} or {@code 0}, as wrong usage if it is none. */
    static Duration duration(CommandSpec spec, String option, String word) {
        try {
            return word.equals("0") ? Duration.ZERO : KeepWithin.parse(word).exactly();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), option + " " + word + ": " + e.getMessage(), e);
        }
    }
}
