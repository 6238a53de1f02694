package dev.varve.cli;

import dev.varve.model.RefusedException;
import dev.varve.repository.SnapshotLabels;
import dev.varve.retention.Forgetting;
import dev.varve.retention.KeepRules;
import dev.varve.retention.KeepWithin;
import dev.varve.retention.RetentionPolicy;
import dev.varve.retention.RetentionPolicy.Decision;
import dev.varve.snapshot.Manifest;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code varve forget}. */
@Command(
        name = "forget",
        description = {
            "Remove snapshots that no rule keeps, or those that are named.",
            "The rules hold for each host by itself. Held snapshots stay. The room is freed by varve prune."
        },
        footer = {
            "",
            "  varve forget --keep-daily 14 --keep-weekly 8 --keep-monthly 24 --dry-run",
            "  varve forget --keep-within 1y --keep-tag release --host web1",
            "  varve forget 2024-05-01"
        })
final class ForgetCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Parameters(paramLabel = "NAME", arity = "0..*", description = "These snapshots, instead of rules.")
    private List<String> names = List.of();

    @Option(names = "--keep-last", paramLabel = "N", description = "Keep the N newest.")
    private int last;

    @Option(
            names = "--keep-hourly",
            paramLabel = "N",
            description = "Keep the newest of each of the last N hours that have one.")
    private int hourly;

    @Option(names = "--keep-daily", paramLabel = "N", description = "The same for days,")
    private int daily;

    @Option(names = "--keep-weekly", paramLabel = "N", description = "for weeks, from Monday,")
    private int weekly;

    @Option(names = "--keep-monthly", paramLabel = "N", description = "for months,")
    private int monthly;

    @Option(names = "--keep-yearly", paramLabel = "N", description = "for years.")
    private int yearly;

    @Option(
            names = "--keep-within",
            paramLabel = "TIME",
            description = "Keep all that are not older than this before the host's newest: 30d, 1y6m, 36h.")
    private String within;

    @Option(
            names = "--keep-tag",
            paramLabel = "TAG",
            description = "Keep all with this tag; may be given several times.")
    private List<String> tags = List.of();

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description = "Only this host's; with rules, else those of all hosts.")
    private String host;

    @Option(names = "--dry-run", description = "Show what would be done.")
    private boolean dryRun;

    @Option(names = "--json", description = "The result as a JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    ForgetCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        KeepRules rules = rules();
        if (rules.isEmpty() == names.isEmpty()) {
            throw usage(
                    names.isEmpty()
                            ? "Nothing says what to keep: give --keep-daily or another --keep rule"
                            : "Name snapshots or give --keep rules, not both");
        }
        try (OpenedSnapshots opened = OpenedSnapshots.open(repository, context)) {
            SnapshotLabels.All labels = opened.repository().labels().all();
            labels.problems()
                    .forEach(problem ->
                            context.terminal().error(problem.getMessage() + "; its snapshot counts as held"));
            List<Decision> decisions = names.isEmpty() ? byRules(opened, rules, labels) : byName(opened, labels);
            if (!json) {
                printTable(decisions);
            }
            int removed = dryRun ? 0 : remove(opened, decisions);
            long goes = decisions.stream().filter(decision -> !decision.stays()).count();
            if (json) {
                print(new JsonWriter(context.terminal()), decisions);
            } else {
                context.terminal().line(conclusion(decisions.size() - goes, goes));
            }
            return removed < goes && !dryRun || !labels.problems().isEmpty()
                    ? ErrorReport.INCOMPLETE
                    : opened.exitCode();
        }
    }

    private List<Decision> byRules(OpenedSnapshots opened, KeepRules rules, SnapshotLabels.All labels) {
        List<Manifest> all =
                host == null ? opened.catalog().snapshots() : opened.catalog().snapshots(CliContext.text(host));
        return new RetentionPolicy(rules, Instant.now()).decide(all, labels);
    }

    private List<Decision> byName(OpenedSnapshots opened, SnapshotLabels.All labels) throws IOException {
        String whose = HostOption.choose(opened.catalog(), host == null ? null : CliContext.text(host));
        List<Decision> decisions = new ArrayList<>();
        Set<String> seen = new TreeSet<>();
        for (String name : names) {
            Manifest manifest = opened.catalog().find(whose, name);
            if (labels.of(manifest.objectName()).held()) {
                throw new RefusedException("snapshot " + manifest.name() + " of host " + Terminal.oneLine(whose)
                        + " is held; release it first with varve tag remove --release");
            }
            if (seen.add(manifest.name())) {
                decisions.add(new Decision(manifest, List.of()));
            }
        }
        return decisions;
    }

    /** @return how many are gone; one that was held meanwhile is reported and stays */
    private int remove(OpenedSnapshots opened, List<Decision> decisions) throws IOException {
        Forgetting forgetting = new Forgetting(opened.repository());
        int removed = 0;
        for (Decision decision : decisions) {
            if (!decision.stays()) {
                try {
                    forgetting.forget(decision.manifest());
                    removed++;
                } catch (RefusedException e) {
                    context.terminal().error(e.getMessage());
                }
            }
        }
        return removed;
    }

    private String conclusion(long stay, long go) {
        if (names.isEmpty()) {
            return Sizes.count(stay, "snapshot") + " kept, " + go + (dryRun ? " would be forgotten" : " forgotten")
                    + (go > 0 && !dryRun ? "; varve prune frees the room" : "");
        }
        return Sizes.count(go, "snapshot")
                + (dryRun ? " would be forgotten" : " forgotten; varve prune frees the room");
    }

    private void printTable(List<Decision> decisions) throws IOException {
        if (decisions.isEmpty()) {
            return;
        }
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"HOST", "NAME", "TIME", "STAYS", "BECAUSE"});
        for (Decision decision : decisions) {
            rows.add(new String[] {
                Terminal.oneLine(decision.manifest().host()),
                decision.manifest().name(),
                SnapshotsCommand.time(decision.manifest()),
                decision.stays() ? "yes" : "no",
                String.join(", ", decision.reasons())
            });
        }
        Table.print(rows, context.terminal());
    }

    private void print(JsonWriter writer, List<Decision> decisions) throws IOException {
        writer.beginObject().member("dryRun", dryRun).name("snapshots").beginArray();
        for (Decision decision : decisions) {
            writer.beginObject()
                    .member("name", decision.manifest().name())
                    .member("host", decision.manifest().host())
                    .member(
                            "time",
                            SnapshotsCommand.instant(decision.manifest().time()).toString())
                    .member("stays", decision.stays())
                    .name("reasons")
                    .beginArray();
            for (String reason : decision.reasons()) {
                writer.value(reason);
            }
            writer.endArray().endObject();
        }
        writer.endArray().endObject().finish();
    }

    private KeepRules rules() {
        try {
            List<String> decoded = tags.stream().map(CliContext::text).toList();
            return new KeepRules(
                    last,
                    hourly,
                    daily,
                    weekly,
                    monthly,
                    yearly,
                    within == null ? null : KeepWithin.parse(within),
                    Set.copyOf(decoded));
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage());
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
