package dev.varve.restore;

import dev.varve.bytes.Pool;
import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.FileType;
import dev.varve.posix.Descriptor;
import dev.varve.posix.Errno;
import dev.varve.posix.OpenFlags;
import dev.varve.posix.Posix;
import dev.varve.posix.PosixException;
import dev.varve.snapshot.ContentReader;
import dev.varve.snapshot.StoredInode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * Restores one file that is no directory. It is made under a name of its own ({@value #PREFIX} and the inode number), gets content
 * and metadata there and is then renamed, so that a file that bears its final name was complete once. Whatever goes wrong before is removed again. Thread safe.
 */
final class EntryRestore {
    /** How the names of unfinished files begin. */
    static final String PREFIX = ".varve-restore-";

    private static final int BUFFER_BYTES = 512 * 1024;
    private static final int IDLE_BUFFERS = 16;

    private final MetadataWriter metadata;
    private final RestoreProgress progress;
    private final ExistingFile existing;
    private final Pool<ByteBuffer> buffers = new Pool<>(IDLE_BUFFERS, () -> ByteBuffer.allocateDirect(BUFFER_BYTES));

    EntryRestore(MetadataWriter metadata, RestoreProgress progress) {
        this.metadata = metadata;
        this.progress = progress;
        this.existing = new ExistingFile(metadata, progress, buffers);
    }

    /** Whether the file is there already, as the snapshot has it; it is then counted. */
    boolean keep(TargetDirectory directory, ByteString name, SnapshotTree.Node node) throws IOException {
        return existing.keep(directory, name, node);
    }

    /** Makes a symbolic link, fifo, socket or device. False if a device that this user may not make: counted, not a failure. */
    boolean makeSpecial(TargetDirectory directory, ByteString name, StoredInode inode) throws IOException {
        ByteString temporary = temporaryName(inode);
        Descriptor parent = directory.descriptor();
        FileType type = inode.attributes().type();
        boolean named = false;
        try {
            make(directory, inode, temporary);
            try (Descriptor file = Posix.openAt(parent, temporary, OpenFlags.PATH, 0)) {
                metadata.write(file, inode, directory.isInheriting(), path(directory, name));
            }
            metadata.writeTimes(parent, temporary, inode, path(directory, name));
            Posix.rename(parent, temporary, name);
            named = true;
            progress.addRestored();
            return true;
        } catch (PosixException e) {
            boolean device = type == FileType.BLOCK_DEVICE || type == FileType.CHARACTER_DEVICE;
            if (device && e.is(Errno.EPERM)) {
                progress.addUnset(Setting.DEVICE, directory.display(name), MetadataWriter.reason(e));
                return false;
            }
            throw e;
        } finally {
            if (!named) {
                removeIfThere(parent, temporary);
            }
        }
    }

    /** A whole regular file. */
    void makeRegular(TargetDirectory directory, ByteString name, SnapshotTree.Node node) throws IOException {
        ContentReader content = node.volume().open(node.inode());
        try (Unfinished file = create(directory, name, node.inode(), content.size())) {
            write(file, content);
            file.finish();
        }
    }

    /** A regular file in the making. It has its size from the start: a hole at its end is then no different from one in its middle. */
    Unfinished create(TargetDirectory directory, ByteString name, StoredInode inode, long sizeBytes)
            throws IOException {
        ByteString temporary = temporaryName(inode);
        int flags = OpenFlags.CREAT | OpenFlags.EXCL | OpenFlags.WRONLY;
        Descriptor file;
        try {
            file = Posix.openAt(directory.descriptor(), temporary, flags, 0600);
        } catch (PosixException e) {
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
            Posix.unlink(directory.descriptor(), temporary); // a killed run left it
            file = Posix.openAt(directory.descriptor(), temporary, flags, 0600);
        }
        Unfinished unfinished = new Unfinished(directory, name, inode, temporary, file);
        try {
            file.truncate(sizeBytes);
            return unfinished;
        } catch (PosixException e) {
            unfinished.close();
            throw e;
        }
    }

    /** Copies the bytes {@code [offset, offset + length)} of the content, which has no hole there. */
    void write(Unfinished file, ContentReader content, long offset, long length) throws IOException {
        ByteBuffer buffer = buffers.take();
        try {
            copy(file, content, offset, length, buffer);
        } finally {
            buffers.give(buffer);
        }
    }

    private void write(Unfinished file, ContentReader content) throws IOException {
        ByteBuffer buffer = buffers.take();
        try {
            Runs runs = new Runs((offset, length) -> copy(file, content, offset, length, buffer), BUFFER_BYTES);
            content.parts(0, (offset, part) -> runs.add(offset, part.length(), part.isHole()));
            runs.finish();
        } finally {
            buffers.give(buffer);
        }
    }

    private void copy(Unfinished file, ContentReader content, long offset, long length, ByteBuffer buffer)
            throws IOException {
        long end = offset + length;
        for (long position = offset; position < end; ) {
            buffer.clear().limit((int) Math.min(BUFFER_BYTES, end - position));
            int read = content.read(position, buffer);
            if (read <= 0) {
                throw new CorruptException("content", position, "ends early");
            }
            buffer.flip();
            file.descriptor.write(position, buffer);
            position += read;
            progress.addBytes(read);
        }
    }

    private static void make(TargetDirectory directory, StoredInode inode, ByteString temporary) throws IOException {
        try {
            makeOnce(directory, inode, temporary);
        } catch (PosixException e) {
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
            Posix.unlink(directory.descriptor(), temporary); // a killed run left it
            makeOnce(directory, inode, temporary);
        }
    }

    private static void makeOnce(TargetDirectory directory, StoredInode inode, ByteString temporary)
            throws IOException {
        Attributes wanted = inode.attributes();
        if (wanted.isSymlink()) {
            if (inode.symlinkTarget() == null) {
                throw new CorruptException("inode " + inode.number(), -1, "a symbolic link without a target");
            }
            Posix.symlink(inode.symlinkTarget(), directory.descriptor(), temporary);
        } else {
            int mode = MetadataWriter.creationMode(wanted.type());
            Posix.mknod(directory.descriptor(), temporary, mode, wanted.rdev());
        }
    }

    /** The name of a file with this inode while it is unfinished. */
    static ByteString temporaryName(StoredInode inode) {
        return ByteString.utf8(PREFIX + Long.toHexString(inode.number()));
    }

    static void removeIfThere(Descriptor parent, ByteString name) throws PosixException {
        try {
            Posix.unlink(parent, name);
        } catch (PosixException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
    }

    private static Supplier<String> path(TargetDirectory directory, ByteString name) {
        return () -> directory.display(name);
    }

    /** A regular file under its temporary name. Closing it unfinished removes it. Not thread safe but for writing content. */
    final class Unfinished implements AutoCloseable {
        private final TargetDirectory directory;
        private final ByteString name;
        private final StoredInode inode;
        private final ByteString temporary;
        private final Descriptor descriptor;
        private boolean finished;

        private Unfinished(
                TargetDirectory directory,
                ByteString name,
                StoredInode inode,
                ByteString temporary,
                Descriptor descriptor) {
            this.directory = directory;
            this.name = name;
            this.inode = inode;
            this.temporary = temporary;
            this.descriptor = descriptor;
        }

        /** Metadata, name, flags. */
        void finish() throws IOException {
            metadata.write(descriptor, inode, directory.isInheriting(), path(directory, name));
            Posix.rename(directory.descriptor(), temporary, name);
            finished = true;
            if (!MetadataWriter.mustWaitForLinks(inode.attributes())) {
                metadata.setFlags(descriptor, inode.attributes(), directory.isInheriting(), path(directory, name));
            }
            progress.addRestored();
        }

        @Override
        public void close() throws IOException {
            try (descriptor) {
                if (!finished) {
                    removeIfThere(directory.descriptor(), temporary);
                }
            }
        }
    }
}
