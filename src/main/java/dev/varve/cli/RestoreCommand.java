package dev.varve.cli;

import dev.varve.model.ByteString;
import dev.varve.model.RefusedException;
import dev.varve.posix.Posix;
import dev.varve.restore.FileRestore;
import dev.varve.restore.RestoreProgress;
import dev.varve.restore.RestoreReport;
import dev.varve.restore.Setting;
import dev.varve.restore.SnapshotTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code varve restore}. */
@Command(
        name = "restore",
        description = "Restore files with all their metadata.",
        footer = {
            "",
            "Paths are kept: NAME:/etc/passwd becomes DIR/etc/passwd; directories on the way that are not",
            "there are made with their own metadata. Files of the same name are replaced. Those of the same",
            "size and time are compared with the snapshot, metadata and every byte, and stay if they are",
            "equal: after an interruption run the same command again.",
            "",
            "  varve restore latest:/etc/passwd --target /tmp/back",
            "  varve restore 2024-05-01 --target /mnt/new-root",
            "  varve restore 2024-05-01:/home/anna 2024-05-01:/home/ben --target /tmp/back"
        })
final class RestoreCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Mixin
    private HostOption host;

    @Parameters(
            paramLabel = SnapshotArgument.SYNTAX,
            arity = "1..*",
            description = "A snapshot's name, or latest, and what of it; several paths of one snapshot.")
    private List<String> what;

    @Option(
            names = "--target",
            paramLabel = "DIR",
            required = true,
            description = "Where to; made if it is not there. It may hold files already.")
    private Path target;

    @Option(names = "--in-place", description = "Allow / as the target: replace files of the running system.")
    private boolean inPlace;

    @Spec
    private CommandSpec spec;

    RestoreCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        List<ByteString> paths = new ArrayList<>();
        String name = null;
        for (String word : what) {
            SnapshotArgument argument = ListCommand.parse(spec, word);
            if (name != null && !name.equals(argument.name())) {
                throw new ParameterException(
                        spec.commandLine(),
                        "Two snapshots, " + name + " and " + argument.name() + ": restore them one by one");
            }
            name = argument.name();
            paths.add(argument.path());
        }
        requireSafeTarget();
        try (OpenedSnapshots opened = OpenedSnapshots.open(repository, context)) {
            SnapshotTree tree = opened.tree(opened.find(host, name));
            long start = System.nanoTime();
            RestoreProgress progress =
                    new RestoreProgress(line -> context.terminal().error(line));
            RestoreReport report;
            try (ProgressLine line = ProgressLine.start(
                    context,
                    () -> "restored " + Sizes.count(progress.restored(), "file") + ", "
                            + Sizes.bytes(progress.bytes()))) {
                report = new FileRestore(tree, context.workers(), progress).restore(paths, target);
            }
            context.terminal()
                    .line("restored " + Sizes.count(report.restored(), "file") + ", " + Sizes.bytes(report.bytes())
                            + (report.skipped() == 0 ? "" : ", " + report.skipped() + " were there already")
                            + " in " + Sizes.seconds(System.nanoTime() - start));
            return conclude(report);
        }
    }

    private void requireSafeTarget() throws IOException {
        if (Files.exists(target) && !Files.isDirectory(target)) {
            throw new RefusedException(target + " is not a directory; give a directory as --target");
        }
        Path existing = target.toAbsolutePath().normalize();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        Path real = existing.toRealPath();
        if (Files.exists(target) && real.getNameCount() == 0 && !inPlace) {
            throw new RefusedException(
                    "the target is /: files of the running system would be replaced; if you mean it, add --in-place");
        }
        Path directory = repository.location(context).directory();
        if (directory != null && Files.isDirectory(directory) && real.startsWith(directory.toRealPath())) {
            throw new RefusedException(target + " lies in the repository; give another --target");
        }
    }

    private int conclude(RestoreReport report) {
        for (Map.Entry<Setting, RestoreReport.Unset> unset : new TreeMap<>(report.unset()).entrySet()) {
            RestoreReport.Unset value = unset.getValue();
            context.terminal()
                    .error(value.count() + " " + unset.getKey().plural() + " could not be set, first that of "
                            + value.firstPath() + ": " + value.reason()
                            + (Posix.effectiveUser() == 0 ? "" : "; restore as root to keep them"));
        }
        if (report.problems() > 0) {
            context.terminal().error(Sizes.count(report.problems(), "file") + " could not be restored, named above");
        }
        return report.isComplete() ? ErrorReport.DONE : ErrorReport.INCOMPLETE;
    }
}
