package dev.varve.restore;

import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.NoSpaceException;
import dev.varve.posix.Descriptor;
import dev.varve.posix.Errno;
import dev.varve.posix.OpenFlags;
import dev.varve.posix.Posix;
import dev.varve.posix.PosixException;
import dev.varve.snapshot.ContentReader;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Files of a snapshot into a directory, with all their metadata. One thread walks the tree, makes the directories and queues the
 * files; several fill them. Run again after a stop, it skips what is complete ({@link ExistingFile}). When it returns, everything is on
 * the disk.
 *
 * <p>The snapshot is not trusted: everything happens relative to open directories that were reached without following a symbolic
 * link, and names that are no names are refused, so nothing is touched outside the target.
 *
 * <p>Memory: the queue ({@value #QUEUED} files), the directories on the path of the walk and of queued files, one bit for each
 * directory inode, and {@link HardLinks}. One object serves one restore.
 */
public final class FileRestore {
    private static final int QUEUED = 256;
    /** Each level keeps a directory open; file systems with more levels are accidents or attacks. */
    private static final int MAX_DEPTH = 1000;
    /** Files from here on are filled by all workers at once, in pieces of this length. */
    private static final long PIECE_BYTES = 16L << 20;

    private final SnapshotTree tree;
    private final int workers;
    private final RestoreProgress progress;
    private final MetadataWriter metadata;
    private final EntryRestore entries;
    private final HardLinks links = new HardLinks();
    private final IdentityHashMap<StoredVolume, InodeSet> visited = new IdentityHashMap<>();
    private final ConcurrentLinkedQueue<Late> lateFlags = new ConcurrentLinkedQueue<>();
    private WorkQueue queue;
    private TargetDirectory top;

    public FileRestore(SnapshotTree tree, int workers, RestoreProgress progress) {
        this.tree = tree;
        this.workers = workers;
        this.progress = progress;
        this.metadata = new MetadataWriter(progress);
        this.entries = new EntryRestore(metadata, progress);
    }

    /**
     * Restores the paths, each with all below it, under their full names: {@code /etc/passwd} becomes {@code TARGET/etc/passwd}.
     * Directories on the way to a path are made with their own metadata, or left as they are if they exist.
     *
     * @param target made with mode 0700 if it is not there; may hold files already: those of the same name are replaced
     * @throws dev.varve.model.NotFoundException before anything is changed, if the snapshot lacks one of the paths
     * @throws NoSpaceException if the target's disk is full; what is complete stays
     */
    public RestoreReport restore(List<ByteString> paths, Path target) throws IOException {
        List<List<ByteString>> wanted = new ArrayList<>();
        for (ByteString path : paths) {
            List<ByteString> names = SnapshotPath.parse(path);
            tree.find(names);
            wanted.add(names);
        }
        Selection selection = Selection.of(wanted);
        if (!Files.isDirectory(target)) {
            Files.createDirectories(
                    target, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        try (WorkQueue files = new WorkQueue("restore", workers, QUEUED)) {
            queue = files;
            Descriptor opened = Posix.open(target, OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0);
            SnapshotTree.Node root = tree.root();
            StoredInode inode = selection.isWhole() ? root.inode() : null;
            top = new TargetDirectory(null, ByteString.EMPTY, opened, inode, false, true, this::finish);
            top.enter(); // until the late flags are set
            try {
                walk(top, root, selection, 0);
                files.finish();
                setLateFlags();
                top.descriptor().syncFileSystem();
            } finally {
                top.leave();
            }
        } catch (PosixException e) {
            if (Errno.isDiskFull(e.errno())) {
                throw new NoSpaceException(
                        target
                                + ": no space left; make room and run the same command again, it goes on where it stopped",
                        e);
            }
            throw e;
        }
        return progress.report();
    }

    /** Visits what is selected of a directory and leaves it. */
    private void walk(TargetDirectory directory, SnapshotTree.Node node, Selection selection, int depth)
            throws IOException {
        try {
            if (selection == null || selection.isWhole()) {
                tree.list(node, (name, child) -> restore(directory, name, child, null, depth));
            } else {
                for (Map.Entry<ByteString, Selection> below : selection.below().entrySet()) {
                    ByteString name = below.getKey();
                    restore(directory, name, () -> tree.child(node, name), below.getValue(), depth);
                }
            }
        } catch (IOException e) {
            problem(directory.display(ByteString.EMPTY), e);
        } finally {
            directory.leave();
        }
    }

    private void restore(
            TargetDirectory directory, ByteString name, SnapshotTree.Child child, Selection selection, int depth)
            throws IOException {
        queue.throwFailure();
        try {
            if (!SnapshotPath.isName(name)) {
                throw new CorruptException("name " + name.display(), -1, "no name that a file can have");
            }
            SnapshotTree.Node node = child.read();
            if (node.isDirectory()) {
                enter(directory, name, node, selection, depth + 1);
            } else if (node.inode().attributes().type() == null
                    || node.inode().attributes().isDirectory()) {
                throw new CorruptException("inode " + node.inode().number(), -1, "of no known type");
            } else {
                file(directory, name, node);
            }
        } catch (IOException e) {
            problem(directory.display(name), e);
        }
    }

    private void enter(TargetDirectory parent, ByteString name, SnapshotTree.Node node, Selection selection, int depth)
            throws IOException {
        if (depth > MAX_DEPTH) {
            throw new CorruptException("directory", -1, "nested more than " + MAX_DEPTH + " deep");
        }
        if (node.inode() != null
                && !visited.computeIfAbsent(node.volume(), v -> new InodeSet())
                        .add(node.inode().number())) {
            throw new CorruptException("directory inode " + node.inode().number(), -1, "has two names");
        }
        boolean fresh = makeDirectory(parent, name);
        Descriptor opened = fresh ? Posix.openDirectory(parent.descriptor(), name) : openExisting(parent, name, node);
        boolean whole = selection == null || selection.isWhole();
        StoredInode inode = whole || fresh ? node.inode() : null;
        TargetDirectory directory = new TargetDirectory(parent, name, opened, inode, fresh, !fresh, this::finish);
        if (fresh && parent.isInheriting()) {
            metadata.disinherit(opened, () -> directory.display(ByteString.EMPTY));
        }
        walk(directory, node, selection, depth);
    }

    private static boolean makeDirectory(TargetDirectory parent, ByteString name) throws PosixException {
        try {
            Posix.mkdir(parent.descriptor(), name, 0700);
            return true;
        } catch (PosixException e) {
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
            return false;
        }
    }

    private Descriptor openExisting(TargetDirectory parent, ByteString name, SnapshotTree.Node node)
            throws IOException {
        Descriptor opened;
        try {
            opened = Posix.openDirectory(parent.descriptor(), name);
        } catch (PosixException e) {
            if (e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP)) {
                throw new PosixException("something that is no directory is in the way", Errno.ENOTDIR);
            }
            throw e;
        }
        return ExistingDirectory.openUp(opened, node.inode());
    }

    private void file(TargetDirectory directory, ByteString name, SnapshotTree.Node node) throws IOException {
        HardLinks.Group group = null;
        if (node.inode().attributes().nlink() > 1) {
            group = links.group(node.volume(), node.inode());
            boolean first = group.claim();
            links.met(node.volume(), node.inode(), group);
            if (!first) {
                HardLinks.Name later = new HardLinks.Name(directory, name);
                directory.enter();
                if (!group.await(later)) {
                    link(group, later);
                }
                return;
            }
        }
        directory.enter();
        FileTask task = new FileTask(directory, name, node, group);
        Attributes wanted = node.inode().attributes();
        if (wanted.isRegular() && node.inode().content() != null && wanted.size() >= 2 * PIECE_BYTES) {
            task.inPieces();
        } else {
            queue.submit(task);
        }
    }

    /** Gives a file that stands another name, and leaves that name's directory. */
    private void link(HardLinks.Group group, HardLinks.Name later) throws IOException {
        TargetDirectory directory = later.directory();
        try {
            if (queue.hasFailed()) {
                return;
            }
            if (!group.isRestored()) {
                throw new CorruptException(
                        "first name " + SnapshotPath.display(group.directory()) + "/"
                                + group.name().display(),
                        -1,
                        "not restored, so there is nothing to link to");
            }
            try (OpenedPath first = OpenedPath.open(top, group.directory())) {
                HardLinkWriter.write(first.descriptor(), group.name(), directory, later.name(), progress);
            }
        } catch (IOException e) {
            problem(directory.display(later.name()), e);
        } finally {
            directory.leave();
        }
    }

    private void settle(HardLinks.Group group, HardLinks.Name first, boolean restored, Attributes wanted)
            throws IOException {
        if (group == null) {
            return;
        }
        if (restored && wanted.isRegular() && MetadataWriter.mustWaitForLinks(wanted)) {
            lateFlags.add(new Late(first.directory().names(), first.name(), wanted));
        }
        for (HardLinks.Name later : group.settle(first, restored)) {
            link(group, later);
        }
    }

    private void setLateFlags() throws IOException {
        for (Late late : lateFlags) {
            try (OpenedPath directory = OpenedPath.open(top, late.directory);
                    Descriptor file =
                            Posix.openAt(directory.descriptor(), late.name, OpenFlags.RDONLY | OpenFlags.NONBLOCK, 0)) {
                metadata.setFlags(file, late.wanted, false, file::name);
            }
        }
    }

    /** The last one has left the directory. */
    private void finish(TargetDirectory directory) throws PosixException {
        if (queue.hasFailed()) {
            return;
        }
        StoredInode inode = directory.inode();
        TargetDirectory parent = directory.parent();
        if (inode != null) {
            boolean inheriting = parent == null || parent.isInheriting();
            if (!directory.isFresh()) {
                metadata.removeOtherXattrs(directory.descriptor(), inode, () -> directory.display(ByteString.EMPTY));
            }
            metadata.write(directory.descriptor(), inode, inheriting, () -> directory.display(ByteString.EMPTY));
            metadata.setFlags(
                    directory.descriptor(), inode.attributes(), inheriting, () -> directory.display(ByteString.EMPTY));
            progress.addRestored();
        } else if (directory.isFresh()) {
            directory.descriptor().chmod(0755); // on the way to a mount point, in no volume
        }
        if (parent != null && !directory.isFresh() && isMountPoint(directory)) {
            directory.descriptor().syncFileSystem(); // the target's own is synced at the end
        }
    }

    private static boolean isMountPoint(TargetDirectory directory) throws PosixException {
        return directory.descriptor().status().device()
                != directory.parent().descriptor().status().device();
    }

    /** Reports what concerns one file; throws on what concerns all. */
    private void problem(String path, IOException e) throws IOException {
        boolean fatal = e instanceof InterruptedIOException || e instanceof NoSpaceException;
        if (e instanceof PosixException posix) {
            int errno = posix.errno();
            fatal = Errno.isDiskFull(errno) || errno == Errno.EROFS || errno == Errno.EIO || errno == Errno.EMFILE;
        }
        if (fatal) {
            queue.fail(
                    e); // at once: what ends because of it is no problem of its own, as names that wait for a first one
            throw e;
        }
        progress.addProblem(path, e.getMessage());
    }

    /** A file whose flags wait until all its names are made. */
    private record Late(List<ByteString> directory, ByteString name, Attributes wanted) {}

    /** One file that is no directory. It has entered the directory and leaves it when it is done. */
    private final class FileTask implements WorkQueue.Task {
        private final TargetDirectory directory;
        private final ByteString name;
        private final SnapshotTree.Node node;
        private final HardLinks.Group group;

        FileTask(TargetDirectory directory, ByteString name, SnapshotTree.Node node, HardLinks.Group group) {
            this.directory = directory;
            this.name = name;
            this.node = node;
            this.group = group;
        }

        @Override
        public void run() throws IOException {
            boolean restored = false;
            try {
                restored = make();
            } catch (IOException e) {
                problem(directory.display(name), e);
            } finally {
                done(restored);
            }
        }

        private boolean make() throws IOException {
            if (skip()) {
                return true;
            }
            if (node.inode().attributes().isRegular()) {
                entries.makeRegular(directory, name, node);
                return true;
            }
            return entries.makeSpecial(directory, name, node.inode());
        }

        private boolean skip() throws IOException {
            return entries.keep(directory, name, node);
        }

        private void done(boolean restored) throws IOException {
            try {
                settle(
                        group,
                        new HardLinks.Name(directory, name),
                        restored,
                        node.inode().attributes());
            } finally {
                directory.leave();
            }
        }

        @Override
        public void cancel() {
            try {
                done(false);
            } catch (IOException e) {
                queue.fail(e);
            }
        }

        /** A large file: the walk finds its stretches of data, the workers copy them, the last one finishes it. */
        void inPieces() throws IOException {
            Pieces pieces = null;
            try {
                if (skip()) {
                    done(true);
                    return;
                }
                ContentReader content = node.volume().open(node.inode());
                pieces = new Pieces(this, content, entries.create(directory, name, node.inode(), content.size()));
            } catch (IOException e) {
                done(false);
                throw e;
            }
            pieces.queueAll();
        }
    }

    /** The pieces of a large file. */
    private final class Pieces {
        private final FileTask task;
        private final ContentReader content;
        private final EntryRestore.Unfinished file;
        private final AtomicInteger open = new AtomicInteger(1);
        private final AtomicBoolean damaged = new AtomicBoolean();

        Pieces(FileTask task, ContentReader content, EntryRestore.Unfinished file) {
            this.task = task;
            this.content = content;
            this.file = file;
        }

        void queueAll() throws IOException {
            try {
                Runs runs = new Runs(this::queue, PIECE_BYTES);
                content.parts(0, (offset, part) -> runs.add(offset, part.length(), part.isHole()));
                runs.finish();
            } catch (IOException e) {
                fail(e);
            } finally {
                closeOne();
            }
        }

        private void queue(long offset, long length) throws IOException {
            open.incrementAndGet();
            queue.submit(new WorkQueue.Task() {
                @Override
                public void run() throws IOException {
                    try {
                        if (!damaged.get()) {
                            entries.write(file, content, offset, length);
                        }
                    } catch (IOException e) {
                        fail(e);
                    } finally {
                        closeOne();
                    }
                }

                @Override
                public void cancel() {
                    damaged.set(true);
                    try {
                        closeOne();
                    } catch (IOException e) {
                        queue.fail(e);
                    }
                }
            });
        }

        private void fail(IOException e) throws IOException {
            if (!damaged.getAndSet(true)) {
                problem(task.directory.display(task.name), e);
            }
        }

        private void closeOne() throws IOException {
            if (open.decrementAndGet() > 0) {
                return;
            }
            boolean restored = false;
            try (file) {
                if (!damaged.get()) {
                    file.finish();
                    restored = true;
                }
            } catch (IOException e) {
                restored = false;
                problem(task.directory.display(task.name), e);
            } finally {
                task.done(restored);
            }
        }
    }
}
