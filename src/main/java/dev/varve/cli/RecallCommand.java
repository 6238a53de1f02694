package dev.varve.cli;

import dev.varve.repository.Repository;
import dev.varve.tiering.Recall;
import dev.varve.tiering.RecallPlan;
import java.io.IOException;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code varve recall}. */
@Command(
        name = "recall",
        description = {
            "Bring data from cold tiers into the hot one ahead of its use.",
            "It counts as read, so it stays there for as long as varve tier apply is told by --unused-for."
        },
        footer = {"", "  varve recall --plan 2024-05-01:/srv/mail", "  varve recall 2024-05-01:/srv/mail"})
final class RecallCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Mixin
    private HostOption host;

    @Parameters(paramLabel = SnapshotArgument.SYNTAX, description = "A snapshot's name, or latest, and what of it.")
    private String what;

    @Option(names = "--plan", description = "Show what lies where, and bring nothing.")
    private boolean planOnly;

    @Option(names = "--json", description = "The result as a JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    RecallCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        SnapshotArgument argument = ListCommand.parse(spec, what);
        try (OpenedSnapshots opened = OpenedSnapshots.open(repository, context)) {
            Repository repo = opened.repository();
            AtomicReference<String> doing = new AtomicReference<>("looking what lies where");
            Recall recall =
                    new Recall(repo, opened.volumes(opened.find(host, argument.name())), Clock.systemUTC(), doing::set);
            long start = System.nanoTime();
            RecallPlan plan;
            long brought = 0;
            try (ProgressLine line = ProgressLine.start(context, doing::get)) {
                plan = recall.plan(argument.path());
                if (!planOnly) {
                    brought = recall.run(argument.path());
                }
            }
            if (json) {
                print(new JsonWriter(context.terminal()), plan, brought);
            } else {
                print(plan);
                if (!planOnly) {
                    context.terminal()
                            .line("brought " + Sizes.bytes(brought) + " into the hot tier in "
                                    + Sizes.seconds(System.nanoTime() - start));
                }
            }
            recall.problems().forEach(context.terminal()::error);
            return recall.problems().isEmpty() && plan.lost() == 0 ? opened.exitCode() : ErrorReport.INCOMPLETE;
        }
    }

    private void print(RecallPlan plan) throws IOException {
        Terminal terminal = context.terminal();
        terminal.line(Sizes.count(plan.files(), "file") + ":");
        for (Map.Entry<String, Long> tier : plan.bytes().entrySet()) {
            boolean cold = plan.packs().containsKey(tier.getKey());
            terminal.line("  " + tier.getKey() + ": " + Sizes.bytes(tier.getValue())
                    + (cold
                            ? " in "
                                    + Sizes.count(
                                            plan.packs().get(tier.getKey()).size(), "pack")
                            : ""));
        }
        if (plan.lost() > 0) {
            terminal.error(Sizes.bytes(plan.lost()) + " lie in no tier; run varve check");
        }
        if (plan.coldBytes() > 0) {
            terminal.line("reading what is cold takes about "
                    + Sizes.seconds(plan.coldBytes() * 1_000_000_000L / RecallPlan.ASSUMED_BYTES_PER_SECOND)
                    + " at " + Sizes.bytes(RecallPlan.ASSUMED_BYTES_PER_SECOND) + " a second");
        }
    }

    private void print(JsonWriter writer, RecallPlan plan, long brought) throws IOException {
        writer.beginObject()
                .member("files", plan.files())
                .member("lostBytes", plan.lost())
                .member("broughtBytes", brought)
                .name("tiers")
                .beginArray();
        for (Map.Entry<String, Long> tier : plan.bytes().entrySet()) {
            writer.beginObject()
                    .member("tier", tier.getKey())
                    .member("bytes", tier.getValue())
                    .member(
                            "packs",
                            plan.packs().containsKey(tier.getKey())
                                    ? plan.packs().get(tier.getKey()).size()
                                    : 0)
                    .endObject();
        }
        writer.endArray().endObject().finish();
    }
}
