package dev.varve.restore;

import dev.varve.bytes.Pool;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.CorruptException;
import dev.varve.model.FileType;
import dev.varve.model.NoSpaceException;
import dev.varve.model.RefusedException;
import dev.varve.posix.BlockDevices;
import dev.varve.posix.Descriptor;
import dev.varve.posix.Errno;
import dev.varve.posix.OpenFlags;
import dev.varve.posix.Posix;
import dev.varve.posix.PosixException;
import dev.varve.snapshot.ImageReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Writes the image of a volume: to a file, sparse, to a block device, or in order to a pipe. Several threads decode and write
 * pieces at their positions. Memory: one piece ({@value #PIECE_BYTES} bytes) a worker. One object serves one image.
 *
 * <p>A file is made as {@code FILE.partial}, synced and renamed at the end: a file of the final name is whole. If that fails, it is removed. On a device everything is
 * written, free blocks as zeros, because old data would show through.
 */
public final class ImageRestore {
    private static final int PIECE_BYTES = 1 << 20;
    /** What is zero for this long, at a multiple of it, stays a hole. */
    private static final int ZERO_BYTES = 4096;
    /** BLKZEROOUT drops cached pages: it is used on ranges of whole ones only, and only where it pays. */
    private static final int ZERO_OUT_BYTES = 64 * 1024;

    /** One request to the kernel, which cannot be stopped in the middle. */
    private static final long ZERO_STEP_BYTES = 256L << 20;

    private final ImageReader image;
    private final int workers;
    private final LongConsumer progress;
    private final Pool<ByteBuffer> buffers = new Pool<>(32, () -> ByteBuffer.allocateDirect(PIECE_BYTES));

    /** @param progress told how many more bytes of the image are done; called from several threads */
    public ImageRestore(ImageReader image, int workers, LongConsumer progress) {
        this.image = image;
        this.workers = workers;
        this.progress = progress;
    }

    /**
     * Writes to a device if {@code target} is one, else to a file.
     *
     * @param force replace a file; overwrite a device that carries a file system
     */
    public void write(Path target, boolean force) throws IOException {
        try {
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && isDevice(target)) {
                toDevice(target, force);
            } else {
                toFile(target, force);
            }
        } catch (PosixException e) {
            if (Errno.isDiskFull(e.errno())) {
                throw new NoSpaceException(
                        target + ": no space left for an image of " + image.size() + " bytes; make room and run again",
                        e);
            }
            throw e;
        }
    }

    /** In order, for a pipe; free blocks as zeros. */
    public void pipe(Descriptor out) throws IOException {
        OrderedImage.copy(image, workers, PIECE_BYTES, piece -> {
            int length = piece.remaining();
            out.append(piece);
            progress.accept(length);
        });
    }

    private static boolean isDevice(Path target) throws IOException {
        try (Descriptor path = Posix.open(target, OpenFlags.PATH, 0)) {
            FileType type = path.status().type();
            if (type != FileType.BLOCK_DEVICE && type != FileType.REGULAR) {
                throw new RefusedException(target + " is neither a file nor a block device");
            }
            return type == FileType.BLOCK_DEVICE;
        }
    }

    private void toFile(Path target, boolean force) throws IOException {
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !force) {
            throw new AlreadyExistsException(target + " exists; give another --output, or --force to replace it");
        }
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        if (force) {
            Files.deleteIfExists(partial);
        }
        try (Descriptor file = createNew(partial)) {
            boolean renamed = false;
            try {
                fill(file);
                Posix.rename(partial, target, force);
                renamed = true;
            } finally {
                if (!renamed) {
                    Files.deleteIfExists(partial);
                }
            }
        }
        Path directory = target.toAbsolutePath().getParent();
        try (Descriptor parent = Posix.open(directory, OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0)) {
            parent.sync();
        }
    }

    private void fill(Descriptor file) throws IOException {
        file.truncate(image.size());
        try (WorkQueue queue = new WorkQueue("image", workers, 2 * workers)) {
            image.runs((offset, length, free) -> {
                if (free) {
                    progress.accept(length);
                } else {
                    queueData(queue, file, offset, length, true);
                }
            });
            queue.finish();
        }
        file.sync();
    }

    /** What bears the name may be somebody's, or another run's that is still at work. */
    private static Descriptor createNew(Path partial) throws IOException {
        try {
            return Posix.open(partial, OpenFlags.CREAT | OpenFlags.EXCL | OpenFlags.WRONLY, 0600);
        } catch (PosixException e) {
            if (e.is(Errno.EEXIST)) {
                throw new AlreadyExistsException(partial
                        + " exists; if it is left from a run that was killed, remove it or replace it with --force");
            }
            throw e;
        }
    }

    private void toDevice(Path target, boolean force) throws IOException {
        try (Descriptor path = Posix.open(target, OpenFlags.PATH, 0)) {
            new DeviceUse(Path.of("/proc"), Path.of("/sys"))
                    .requireUnused(target.toString(), path.status().rdev());
        }
        try (Descriptor device = openExclusively(target)) {
            long size = BlockDevices.sizeBytes(device);
            if (size < image.size()) {
                throw new RefusedException(target + " has " + size + " bytes, the image " + image.size()
                        + "; give a device at least as large");
            }
            String found = DeviceSignature.find(device, size);
            if (found != null && !force) {
                throw new RefusedException(target + " carries " + found + "; --force overwrites it");
            }
            try (WorkQueue queue = new WorkQueue("image", workers, 2 * workers)) {
                image.runs((offset, length, free) -> {
                    if (free) {
                        for (long done = 0; done < length; done += ZERO_STEP_BYTES) {
                            queueZeros(queue, device, offset + done, Math.min(ZERO_STEP_BYTES, length - done));
                        }
                    } else {
                        queueData(queue, device, offset, length, false);
                    }
                });
                queue.finish();
            }
            device.sync();
        }
    }

    /** The kernel lets only one have a block device exclusively; mounts, swap and mappings do. */
    private static Descriptor openExclusively(Path target) throws IOException {
        try {
            return Posix.open(target, OpenFlags.RDWR | OpenFlags.EXCL, 0);
        } catch (PosixException e) {
            if (e.is(Errno.EBUSY)) {
                throw new RefusedException(target + " is in use; unmount or detach it first");
            }
            throw e;
        }
    }

    private void queueData(WorkQueue queue, Descriptor out, long start, long length, boolean sparse)
            throws IOException {
        for (long offset = start; offset < start + length; ) {
            // Pieces end at multiples of their length, so that neighbours never share a page.
            int bytes = (int) Math.min(start + length - offset, PIECE_BYTES - offset % PIECE_BYTES);
            long from = offset;
            queue.submit(new Piece(() -> writeData(out, from, bytes, sparse)));
            offset += bytes;
        }
    }

    private void writeData(Descriptor out, long offset, int length, boolean sparse) throws IOException {
        ByteBuffer buffer = buffers.take().clear().limit(length);
        if (image.read(offset, buffer) != length) {
            throw new CorruptException("image", offset, "ends early");
        }
        buffer.flip();
        if (sparse) {
            writeSparse(out, offset, buffer);
        } else {
            out.write(offset, buffer);
        }
        buffers.give(buffer);
        progress.accept(length);
    }

    private static void writeSparse(Descriptor out, long offset, ByteBuffer buffer) throws IOException {
        int length = buffer.limit();
        int dataStart = 0;
        for (int i = 0; i < length; ) {
            int end = (int) Math.min(length, i + ZERO_BYTES - (offset + i) % ZERO_BYTES);
            if (isZero(buffer, i, end)) {
                writeRange(out, offset, buffer, dataStart, i);
                dataStart = end;
            }
            i = end;
        }
        writeRange(out, offset, buffer, dataStart, length);
    }

    private static void writeRange(Descriptor out, long offset, ByteBuffer buffer, int from, int to)
            throws IOException {
        if (from < to) {
            out.write(offset + from, buffer.slice(from, to - from));
        }
    }

    private static boolean isZero(ByteBuffer buffer, int from, int to) {
        int i = from;
        for (; i + Long.BYTES <= to; i += Long.BYTES) {
            if (buffer.getLong(i) != 0) {
                return false;
            }
        }
        for (; i < to; i++) {
            if (buffer.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private void queueZeros(WorkQueue queue, Descriptor device, long start, long length) throws IOException {
        long end = start + length;
        long first = Math.min(end, (start + ZERO_OUT_BYTES - 1) / ZERO_OUT_BYTES * ZERO_OUT_BYTES);
        long last = Math.max(first, end / ZERO_OUT_BYTES * ZERO_OUT_BYTES);
        queue.submit(new Piece(() -> {
            writeZeros(device, start, first - start);
            if (last > first) {
                zeroOut(device, first, last - first);
            }
            writeZeros(device, last, end - last);
            progress.accept(length);
        }));
    }

    private void zeroOut(Descriptor device, long offset, long length) throws IOException {
        try {
            BlockDevices.zero(device, offset, length);
        } catch (PosixException e) {
            if (!e.is(Errno.EOPNOTSUPP) && !e.is(Errno.EINVAL) && !e.is(Errno.ENOTTY)) {
                throw e;
            }
            writeZeros(device, offset, length);
        }
    }

    private void writeZeros(Descriptor device, long offset, long length) throws IOException {
        if (length > 0) {
            ByteBuffer zeros = buffers.take().clear();
            for (int i = 0; i < Math.min(length, PIECE_BYTES); i++) {
                zeros.put(i, (byte) 0);
            }
            for (long done = 0; done < length; ) {
                zeros.clear().limit((int) Math.min(PIECE_BYTES, length - done));
                done += zeros.limit();
                device.write(offset + done - zeros.limit(), zeros);
            }
            buffers.give(zeros);
        }
    }

    /** A task that holds nothing. */
    private record Piece(Work work) implements WorkQueue.Task {
        @Override
        public void run() throws IOException {
            work.run();
        }

        @Override
        public void cancel() {
            // Nothing to give back.
        }

        @FunctionalInterface
        interface Work {
            void run() throws IOException;
        }
    }
}
