package dev.varve.cli;

import dev.varve.repository.SnapshotLabels;
import dev.varve.snapshot.Manifest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code varve tag} and its two parts. */
@Command(
        name = "tag",
        description = "Tags and holds of snapshots. Nothing removes a snapshot that is held.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TagCommand.Add.class, TagCommand.Remove.class},
        footer = {
            "",
            "varve snapshots shows them.",
            "",
            "  varve tag add 2024-05-01 before-upgrade",
            "  varve tag add --hold latest",
            "  varve tag remove --release 2024-05-01"
        })
final class TagCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say add or remove");
    }

    /** The tags of a command line. @throws ParameterException if one can't be a tag */
    static List<String> parse(List<String> words, CommandSpec spec) {
        List<String> tags = words.stream().map(CliContext::text).toList();
        for (String tag : tags) {
            if (!SnapshotLabels.isTag(tag)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "'" + Terminal.oneLine(tag) + "' can't be a tag: up to " + SnapshotLabels.MAX_TAG_BYTES
                                + " bytes of visible characters without commas");
            }
        }
        return tags;
    }

    /** What both parts are about: a snapshot and some tags. */
    static final class Tagged {
        @Mixin
        private RepositoryOption repository;

        @Mixin
        private HostOption host;

        @Parameters(index = "0", paramLabel = "NAME", description = "The snapshot, or latest.")
        private String name;

        @Parameters(index = "1..*", paramLabel = "TAG", arity = "0..*")
        private List<String> words = List.of();
    }

    /** {@code varve tag add}. */
    @Command(name = "add", description = "Tag or hold a snapshot.")
    static final class Add implements Callable<Integer> {
        private final CliContext context;

        @Mixin
        private Tagged tagged;

        @Option(names = "--hold", description = "Nothing is to remove it until it is released.")
        private boolean hold;

        @Spec
        private CommandSpec spec;

        Add(CliContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws IOException {
            List<String> tags = parse(tagged.words, spec);
            if (tags.isEmpty() && !hold) {
                throw new ParameterException(spec.commandLine(), "Give a tag, or --hold");
            }
            try (OpenedSnapshots opened = OpenedSnapshots.open(tagged.repository, context)) {
                Manifest manifest = opened.find(tagged.host, tagged.name);
                SnapshotLabels labels = opened.repository().labels();
                for (String tag : tags) {
                    labels.addTag(manifest.objectName(), tag);
                }
                if (hold) {
                    labels.hold(manifest.objectName());
                }
                return opened.exitCode();
            }
        }
    }

    /** {@code varve tag remove}. */
    @Command(name = "remove", description = "Take tags or the hold off a snapshot.")
    static final class Remove implements Callable<Integer> {
        private final CliContext context;

        @Mixin
        private Tagged tagged;

        @Option(names = "--release", description = "End the hold.")
        private boolean release;

        @Spec
        private CommandSpec spec;

        Remove(CliContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws IOException {
            List<String> tags = parse(tagged.words, spec);
            if (tags.isEmpty() && !release) {
                throw new ParameterException(spec.commandLine(), "Give a tag, or --release");
            }
            try (OpenedSnapshots opened = OpenedSnapshots.open(tagged.repository, context)) {
                Manifest manifest = opened.find(tagged.host, tagged.name);
                SnapshotLabels labels = opened.repository().labels();
                boolean all = true;
                for (String tag : tags) {
                    all &= said(labels.removeTag(manifest.objectName(), tag), manifest, "no tag " + tag);
                }
                if (release) {
                    all &= said(labels.release(manifest.objectName()), manifest, "no hold");
                }
                return all ? opened.exitCode() : ErrorReport.FAILED;
            }
        }

        private boolean said(boolean found, Manifest manifest, String missing) throws IOException {
            if (!found) {
                context.terminal()
                        .error("snapshot " + manifest.name() + " of host " + Terminal.oneLine(manifest.host()) + " has "
                                + missing);
            }
            return found;
        }
    }
}
