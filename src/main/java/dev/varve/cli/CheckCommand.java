package dev.varve.cli;

import dev.varve.check.RepositoryCheck;
import dev.varve.repository.Repository;
import dev.varve.snapshot.Manifest;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code varve check}. */
@Command(
        name = "check",
        description = "Verify that every snapshot has all it needs. Exit code 1 if not.",
        footer = {
            "",
            "Damaged packs are named, and the paths and dates they hurt.",
            "",
            "  varve check",
            "  varve check --read-data",
            "  varve check --read-data=10"
        })
final class CheckCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Option(
            names = "--read-data",
            paramLabel = "PERCENT",
            arity = "0..1",
            defaultValue = "0",
            fallbackValue = "100",
            description = "Read the packs, or this share of them, and hash every chunk again.")
    private double readPercent;

    @Option(names = "--json", description = "The result as a JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    CheckCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        if (!(readPercent >= 0 && readPercent <= 100)) {
            throw new ParameterException(spec.commandLine(), "--read-data is a percentage, 0 to 100");
        }
        long start = System.nanoTime();
        Doing doing = new Doing();
        RepositoryCheck.Report report;
        try (Repository opened = repository.open(context);
                ProgressLine line = ProgressLine.start(context, doing.text::get)) {
            report = new RepositoryCheck(opened, new SecureRandom()).run(readPercent, doing);
        }
        if (json) {
            print(new JsonWriter(context.terminal()), report);
        } else {
            report.damagedPacks()
                    .forEach(pack -> context.terminal()
                            .error(pack.message() + " (" + Sizes.count(pack.hurtChunks(), "chunk") + " hurt"
                                    + (pack.elsewhere() == 0 ? "" : ", read from elsewhere: " + pack.elsewhere())
                                    + ")"));
            report.problems().forEach(context.terminal()::error);
            report.unchecked().forEach(context.terminal()::error);
            context.terminal()
                    .line("checked " + Sizes.count(report.snapshots(), "snapshot") + ", "
                            + Sizes.count(report.packs(), "pack") + ", read " + Sizes.bytes(report.verifiedBytes())
                            + " in " + Sizes.seconds(System.nanoTime() - start) + ": "
                            + (!report.isSound()
                                    ? "damage found"
                                    : report.unchecked().isEmpty()
                                            ? "all is well"
                                            : "no damage in what could be reached"));
        }
        return !report.isSound()
                ? ErrorReport.FAILED
                : report.unchecked().isEmpty() ? ErrorReport.DONE : ErrorReport.INCOMPLETE;
    }

    private static void print(JsonWriter writer, RepositoryCheck.Report report) throws IOException {
        writer.beginObject()
                .member("sound", report.isSound())
                .member("snapshots", report.snapshots())
                .member("packs", report.packs())
                .member("verifiedBytes", report.verifiedBytes())
                .name("damagedPacks")
                .beginArray();
        for (RepositoryCheck.PackDamage pack : report.damagedPacks()) {
            writer.beginObject()
                    .member("pack", pack.pack().toHex())
                    .member("message", pack.message())
                    .member("hurtChunks", pack.hurtChunks())
                    .member("elsewhere", pack.elsewhere())
                    .endObject();
        }
        writer.endArray().name("problems").beginArray();
        for (String problem : report.problems()) {
            writer.value(problem);
        }
        writer.endArray().name("unchecked").beginArray();
        for (String tier : report.unchecked()) {
            writer.value(tier);
        }
        writer.endArray().endObject().finish();
    }

    /** What the check is at, for the progress line. */
    private static final class Doing implements RepositoryCheck.Progress {
        private final AtomicReference<String> text = new AtomicReference<>("checking");

        @Override
        public void packs(int done, int inAll) {
            text.set("packs: " + done + " of " + inAll);
        }

        @Override
        public void snapshot(Manifest manifest) {
            text.set("snapshot " + manifest.name() + " of " + manifest.host());
        }
    }
}
