package dev.varve.cli;

import dev.varve.model.NotFoundException;
import dev.varve.posix.Posix;
import dev.varve.repository.Repository;
import dev.varve.repository.TierRecord;
import dev.varve.retention.PruneReport;
import dev.varve.tiering.ApplyOptions;
import dev.varve.tiering.CopyOptions;
import dev.varve.tiering.CopyReport;
import dev.varve.tiering.TierApply;
import java.io.IOException;
import java.time.Clock;
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

/** {@code varve tier apply}. */
@Command(
        name = "apply",
        description = {
            "Copy to the cold tiers what they lack, and let old data leave the hot one.",
            "Everything is copied, so that a cold tier alone can restore everything. Data leaves the hot tier when every cold tier",
            "has it, no young snapshot needs it, and nothing of its pack was read lately; metadata stays. What was broken off",
            "or limited goes on with the next run. Backups, mounts and checks may run meanwhile."
        },
        footer = {
            "",
            "  varve tier apply",
            "  varve tier apply --dry-run --older-than 7d",
            "  varve tier apply --limit 50G --bandwidth 5M"
        })
final class TierApplyCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Parameters(paramLabel = "NAME", arity = "0..*", description = "Tiers to copy to; all when none is named.")
    private List<String> names = List.of();

    @Option(
            names = "--older-than",
            paramLabel = "TIME",
            defaultValue = "30d",
            description = "Snapshots younger than this keep their data hot (${DEFAULT-VALUE}); 0 for none.")
    private String olderThan;

    @Option(
            names = "--unused-for",
            paramLabel = "TIME",
            defaultValue = "14d",
            description = "So does what was read within this time (${DEFAULT-VALUE}); 0 for nothing.")
    private String unusedFor;

    @Option(
            names = "--limit",
            paramLabel = "SIZE",
            description = "Copy no more than this in this run, before compression.")
    private String limit;

    @Option(names = "--bandwidth", paramLabel = "RATE", description = "Bytes a second that are sent at most: 500K, 5M.")
    private String bandwidth;

    @Option(
            names = "--nice",
            paramLabel = "N",
            defaultValue = "10",
            description = "Priority of the work, 0 to 19 (${DEFAULT-VALUE}): higher gives way to others.")
    private int nice;

    @Option(
            names = "--grace",
            paramLabel = "TIME",
            defaultValue = "24h",
            description = "Between marking and deleting in the hot tier (${DEFAULT-VALUE}), or 0 if no backup runs.")
    private String grace;

    @Option(
            names = "--max-repack",
            paramLabel = "SIZE",
            defaultValue = "16G",
            description = "Write no more than this anew to free packs most of whose data may go (${DEFAULT-VALUE}).")
    private String maxRepack;

    @Option(names = "--dry-run", description = "Show what would be done.")
    private boolean dryRun;

    @Option(names = "--json", description = "The result as a JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    TierApplyCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        ApplyOptions options = new ApplyOptions(
                PruneCommand.duration(spec, "--older-than", olderThan),
                PruneCommand.duration(spec, "--unused-for", unusedFor),
                new CopyOptions(
                        limit == null ? Long.MAX_VALUE : TierCommand.size(spec, "--limit", limit),
                        bandwidth == null ? null : TierCommand.size(spec, "--bandwidth", bandwidth),
                        dryRun),
                PruneCommand.options(spec, grace, maxRepack, dryRun));
        if (nice < 0 || nice > 19) {
            throw new ParameterException(spec.commandLine(), "--nice is 0 to 19, not " + nice);
        }
        Posix.lowerPriority(nice); // threads that are started from here on have it, too
        long start = System.nanoTime();
        AtomicReference<String> doing = new AtomicReference<>("opening the repository");
        TierApply.Report report;
        try (Repository opened = repository.open(context);
                ProgressLine line = ProgressLine.start(context, doing::get)) {
            report = new TierApply(opened, options, Clock.systemUTC(), doing::set).run(tiers(opened));
        }
        List<String> problems = new ArrayList<>(report.problems());
        report.copies().forEach(copy -> problems.addAll(copy.problems()));
        problems.addAll(report.hot().problems());
        if (json) {
            print(new JsonWriter(context.terminal()), report, problems);
        } else {
            for (CopyReport copy : report.copies()) {
                print(copy);
            }
            print(report.hot(), System.nanoTime() - start);
        }
        problems.forEach(context.terminal()::error);
        return problems.isEmpty() ? ErrorReport.DONE : ErrorReport.INCOMPLETE;
    }

    private List<TierRecord> tiers(Repository opened) throws NotFoundException {
        if (opened.tiers().isEmpty()) {
            throw new NotFoundException("the repository has no cold tier; add one with varve tier add");
        }
        List<TierRecord> tiers = new ArrayList<>();
        for (String name : names) {
            tiers.add(TierCommand.find(opened, name));
        }
        return names.isEmpty() ? opened.tiers() : tiers;
    }

    private void print(CopyReport copy) throws IOException {
        context.terminal()
                .line(copy.tier() + ": " + (dryRun ? "would be copied: " : "copied: ")
                        + Sizes.count(copy.chunks(), "chunk") + ", " + Sizes.bytes(copy.dataBytes())
                        + (dryRun ? "" : " as " + Sizes.bytes(copy.storedBytes()))
                        + ", and " + Sizes.count(copy.metadataPacks(), "pack") + " of metadata; "
                        + (dryRun
                                ? Sizes.count(copy.waiting(), "snapshot") + " not there yet"
                                : Sizes.count(copy.snapshots(), "new snapshot")
                                        + (copy.waiting() == 0 ? "" : ", " + copy.waiting() + " not whole yet")));
    }

    private void print(PruneReport hot, long nanos) throws IOException {
        Terminal terminal = context.terminal();
        String would = dryRun ? "would be " : "";
        terminal.line("hot: " + would + "deleted: " + Sizes.count(hot.deletedPacks(), "pack") + ", "
                + Sizes.bytes(hot.deletedBytes()) + "; " + would + "marked for a run after " + grace + ": "
                + Sizes.count(hot.markedPacks(), "pack") + ", " + Sizes.bytes(hot.markedBytes())
                + "; waiting: " + Sizes.count(hot.waitingPacks(), "pack") + "; took " + Sizes.seconds(nanos));
    }

    private void print(JsonWriter writer, TierApply.Report report, List<String> problems) throws IOException {
        writer.beginObject().member("dryRun", dryRun).name("copies").beginArray();
        for (CopyReport copy : report.copies()) {
            writer.beginObject()
                    .member("tier", copy.tier())
                    .member("chunks", copy.chunks())
                    .member("dataBytes", copy.dataBytes())
                    .member("storedBytes", copy.storedBytes())
                    .member("metadataPacks", copy.metadataPacks())
                    .member("metadataBytes", copy.metadataBytes())
                    .member("snapshots", copy.snapshots())
                    .member("waiting", copy.waiting())
                    .endObject();
        }
        writer.endArray()
                .name("hot")
                .beginObject()
                .member("deletedPacks", report.hot().deletedPacks())
                .member("deletedBytes", report.hot().deletedBytes())
                .member("markedPacks", report.hot().markedPacks())
                .member("markedBytes", report.hot().markedBytes())
                .member("waitingPacks", report.hot().waitingPacks())
                .member("waitingBytes", report.hot().waitingBytes())
                .endObject()
                .name("problems")
                .beginArray();
        for (String problem : problems) {
            writer.value(problem);
        }
        writer.endArray().endObject().finish();
    }
}
