package dev.varve.cli;

import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.VarveException;
import dev.varve.posix.FileStatus;
import dev.varve.restore.SnapshotPath;
import dev.varve.restore.SnapshotTree;
import dev.varve.snapshot.StoredInode;
import java.io.IOException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code varve ls}. */
@Command(
        name = "ls",
        description = "List files of a snapshot without mounting it.",
        footer = {
            "",
            "Bytes of names that are not text are shown as \\xNN; --json gives them exactly.",
            "",
            "  varve ls latest",
            "  varve ls -l 2024-05-01:/etc",
            "  varve ls -R --json 2024-05-01:/home"
        })
final class ListCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");
    /** Deeper is damage or an attack. */
    private static final int MAX_DEPTH = 1000;

    private final CliContext context;
    private boolean incomplete;
    private JsonWriter json;

    @Mixin
    private RepositoryOption repository;

    @Mixin
    private HostOption host;

    @Parameters(paramLabel = SnapshotArgument.SYNTAX, description = "A snapshot's name, or latest, and a path in it.")
    private String what;

    @Option(names = "-l", description = "Mode, links, owner (numbers), size, time, name.")
    private boolean longForm;

    @Option(
            names = {"-R", "--recursive"},
            description = "Everything below, too.")
    private boolean recursive;

    @Option(names = "--json", description = "As a JSON array.")
    private boolean asJson;

    @Spec
    private CommandSpec spec;

    ListCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        SnapshotArgument argument = parse(spec, what);
        try (OpenedSnapshots opened = OpenedSnapshots.open(repository, context)) {
            SnapshotTree tree = opened.tree(opened.find(host, argument.name()));
            List<ByteString> path = SnapshotPath.parse(argument.path());
            SnapshotTree.Node node = tree.find(path);
            if (asJson) {
                json = new JsonWriter(context.terminal()).beginArray();
            }
            if (node.isDirectory()) {
                list(tree, node, path, 0);
            } else {
                print(path.get(path.size() - 1), path, node);
            }
            if (asJson) {
                json.endArray().finish();
            }
            return incomplete ? ErrorReport.INCOMPLETE : opened.exitCode();
        }
    }

    /** A wrong argument is wrong usage. */
    static SnapshotArgument parse(CommandSpec spec, String word) {
        try {
            return SnapshotArgument.parse(word);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void list(SnapshotTree tree, SnapshotTree.Node directory, List<ByteString> path, int depth)
            throws IOException {
        try {
            tree.list(directory, (name, child) -> {
                List<ByteString> childPath = new ArrayList<>(path);
                childPath.add(name);
                SnapshotTree.Node node;
                try {
                    node = child.read();
                } catch (VarveException e) {
                    problem(childPath, e);
                    return;
                }
                print(name, childPath, node);
                if (recursive && node.isDirectory() && depth < MAX_DEPTH) {
                    list(tree, node, childPath, depth + 1);
                }
            });
        } catch (VarveException e) {
            problem(path, e);
        }
    }

    private void problem(List<ByteString> path, VarveException e) {
        incomplete = true;
        context.terminal().error(SnapshotPath.display(path) + ": " + e.getMessage());
    }

    private void print(ByteString name, List<ByteString> path, SnapshotTree.Node node) throws IOException {
        if (asJson) {
            printJson(name, path, node.inode());
            return;
        }
        String shown = recursive ? SnapshotPath.display(path) : name.display();
        context.terminal().line(longForm ? longLine(shown, node.inode()) : shown);
    }

    private static String longLine(String shown, StoredInode inode) {
        if (inode == null) {
            return String.format("d---------    ? %8s %8s %12s %16s %s", "?", "?", "-", "-", shown);
        }
        Attributes a = inode.attributes();
        String size = a.rdev() == 0
                ? Long.toString(a.size())
                : FileStatus.major(a.rdev()) + ", " + FileStatus.minor(a.rdev());
        return String.format(
                "%s %4d %8s %8s %12s %s %s%s",
                ModeText.of(a.mode(), !inode.xattrs().isEmpty()),
                a.nlink(),
                Integer.toUnsignedString(a.uid()),
                Integer.toUnsignedString(a.gid()),
                size,
                TIME.format(SnapshotsCommand.instant(a.mtime()).atZone(ZoneId.systemDefault())),
                shown,
                inode.symlinkTarget() == null
                        ? ""
                        : " -> " + inode.symlinkTarget().display());
    }

    private void printJson(ByteString name, List<ByteString> path, StoredInode inode) throws IOException {
        json.beginObject().member("name", name).member("path", SnapshotPath.join(path));
        if (inode != null) {
            Attributes a = inode.attributes();
            json.member("inode", inode.number())
                    .member(
                            "type",
                            a.type() == null ? "unknown" : a.type().name().toLowerCase(java.util.Locale.ROOT))
                    .member("mode", String.format("%04o", a.mode() & 07777))
                    .member("uid", Integer.toUnsignedLong(a.uid()))
                    .member("gid", Integer.toUnsignedLong(a.gid()))
                    .member("size", a.size())
                    .member("blocks", a.blocks())
                    .member("nlink", a.nlink())
                    .member("mtime", SnapshotsCommand.instant(a.mtime()).toString())
                    .member("ctime", SnapshotsCommand.instant(a.ctime()).toString());
            if (a.rdev() != 0) {
                json.member("rdev", FileStatus.major(a.rdev()) + ":" + FileStatus.minor(a.rdev()));
            }
            if (inode.symlinkTarget() != null) {
                json.member("target", inode.symlinkTarget());
            }
            if (inode.unreadable()) {
                json.member("unreadable", true);
            }
        }
        json.endObject();
    }
}
