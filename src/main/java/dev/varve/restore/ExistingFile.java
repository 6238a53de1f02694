package dev.varve.restore;

import dev.varve.bytes.Pool;
import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.FileType;
import dev.varve.model.Xattr;
import dev.varve.posix.Descriptor;
import dev.varve.posix.Errno;
import dev.varve.posix.ExtendedAttributes;
import dev.varve.posix.FileStatus;
import dev.varve.posix.OpenFlags;
import dev.varve.posix.Posix;
import dev.varve.posix.PosixException;
import dev.varve.snapshot.ContentReader;
import dev.varve.snapshot.StoredInode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Decides whether what bears a file's name already can stay. Type, size and time only say which files are worth a closer look:
 * content is compared byte by byte, for what rotted or was written with its old time must not pass as restored. A regular file of which
 * only owner, mode or attributes differ gets those and keeps its content; everything else that differs is made anew. Thread safe.
 */
final class ExistingFile {
    private final MetadataWriter metadata;
    private final RestoreProgress progress;
    private final Pool<ByteBuffer> buffers;

    /** @param buffers direct ones */
    ExistingFile(MetadataWriter metadata, RestoreProgress progress, Pool<ByteBuffer> buffers) {
        this.metadata = metadata;
        this.progress = progress;
        this.buffers = buffers;
    }

    /** Whether the file stands now as the snapshot has it; it is then counted. */
    boolean keep(TargetDirectory directory, ByteString name, SnapshotTree.Node node) throws IOException {
        if (directory.isFresh()) {
            return false;
        }
        FileStatus found = Posix.statusOrNull(directory.descriptor(), name);
        if (found == null) {
            return false;
        }
        if (found.type() == FileType.DIRECTORY) {
            throw new PosixException("a directory is in the way", Errno.EISDIR);
        }
        Attributes wanted = node.inode().attributes();
        if (found.type() != wanted.type() || !found.mtime().equals(wanted.mtime())) {
            return false;
        }
        return wanted.isRegular()
                ? keepRegular(directory, name, node, found)
                : keepSpecial(directory, name, node.inode(), found);
    }

    private boolean keepSpecial(TargetDirectory directory, ByteString name, StoredInode inode, FileStatus found)
            throws IOException {
        boolean same = inode.attributes().isSymlink()
                ? Posix.readlink(directory.descriptor(), name).equals(inode.symlinkTarget())
                : found.rdev() == inode.attributes().rdev();
        if (!same) {
            return false;
        }
        try (Descriptor file = Posix.openAt(directory.descriptor(), name, OpenFlags.PATH, 0)) {
            if (!hasMetadata(file, found, inode)) {
                return false;
            }
        }
        progress.addSkipped();
        return true;
    }

    private boolean keepRegular(TargetDirectory directory, ByteString name, SnapshotTree.Node node, FileStatus found)
            throws IOException {
        StoredInode inode = node.inode();
        if (found.size() != inode.attributes().size()) {
            return false;
        }
        try (Descriptor file = Posix.openAt(directory.descriptor(), name, OpenFlags.RDONLY | OpenFlags.NONBLOCK, 0)) {
            if (!hasContent(file, node.volume().open(inode))) {
                return false;
            }
            Supplier<String> path = () -> directory.display(name);
            if (hasMetadata(file, found, inode)) {
                progress.addSkipped();
            } else if (found.nlink() <= inode.attributes().nlink()) {
                metadata.rewrite(file, inode, path);
                progress.addRestored();
            } else {
                return false; // it has names that are not this restore's, which keep what they have
            }
            if (MetadataWriter.hasFlags(inode.attributes()) && !MetadataWriter.mustWaitForLinks(inode.attributes())) {
                metadata.setFlags(
                        file, inode.attributes(), false, path); // a run that was killed may not have come to them
            }
            return true;
        } catch (PosixException e) {
            if (e.is(Errno.EACCES)) {
                return false; // not ours to read, but perhaps ours to replace
            }
            throw e;
        }
    }

    private static boolean hasMetadata(Descriptor file, FileStatus found, StoredInode inode) throws PosixException {
        Attributes wanted = inode.attributes();
        boolean sameMode = wanted.isSymlink() || (found.mode() & 07777) == (wanted.mode() & 07777);
        return sameMode
                && found.uid() == wanted.uid()
                && found.gid() == wanted.gid()
                && restorable(ExtendedAttributes.list(file)).equals(restorable(inode.xattrs()));
    }

    /** Sorted by name, without what the system gives to files of its own accord. */
    private static List<Xattr> restorable(List<Xattr> xattrs) {
        List<Xattr> some = new ArrayList<>(xattrs);
        some.removeIf(xattr -> !MetadataWriter.isRestorable(xattr.name()));
        some.sort((a, b) -> a.name().compareTo(b.name()));
        return some;
    }

    private boolean hasContent(Descriptor file, ContentReader wanted) throws IOException {
        ByteBuffer expected = buffers.take();
        ByteBuffer found = buffers.take();
        try {
            Comparison comparison = new Comparison(file, wanted, expected, found);
            Runs data = new Runs(comparison::data, expected.capacity());
            wanted.parts(0, (offset, part) -> {
                if (part.isHole()) {
                    comparison.hole(offset, part.length());
                }
                if (comparison.same) {
                    data.add(offset, part.length(), part.isHole());
                }
            });
            data.finish();
            return comparison.same;
        } finally {
            buffers.give(expected);
            buffers.give(found);
        }
    }

    /** Of one file. Ends quietly at the first difference. */
    private static final class Comparison {
        private final Descriptor file;
        private final ContentReader wanted;
        private final ByteBuffer expected;
        private final ByteBuffer found;
        private boolean same = true;

        Comparison(Descriptor file, ContentReader wanted, ByteBuffer expected, ByteBuffer found) {
            this.file = file;
            this.wanted = wanted;
            this.expected = expected;
            this.found = found;
        }

        /** @param length at most a buffer's */
        void data(long offset, long length) throws IOException {
            if (!same) {
                return;
            }
            if (wanted.read(offset, expected.clear().limit((int) length)) != length) {
                throw new CorruptException("content", offset, "ends early");
            }
            file.read(offset, found.clear().limit((int) length));
            same = expected.flip().equals(found.flip());
        }

        /** What is a hole in the file, too, need not be read. */
        void hole(long offset, long length) throws IOException {
            long end = offset + length;
            long position = same ? file.nextData(offset) : -1;
            while (same && position >= 0 && position < end) {
                found.clear().limit((int) Math.min(found.capacity(), end - position));
                int read = file.read(position, found);
                found.flip();
                for (int i = 0; i < read && same; i++) {
                    same = found.get(i) == 0;
                }
                position = read == 0 ? -1 : file.nextData(position + read);
            }
        }
    }
}
