package dev.varve.posix;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock on a file: one holder among all threads of all processes. The file is made (0600) if missing, its directory must
 * exist, and nobody else may open it.
 *
 * <p>A file lock belongs to the whole process, and closing any channel on the file gives it up, whoever opened it. So
 * threads first settle among themselves who may touch the lock file at all; only that one opens it. The table that serves
 * this is the process's, hence static: it holds one small lock for each file ever locked.
 */
public final class ProcessLock implements Closeable {
    private static final ConcurrentMap<Path, ReentrantLock> IN_PROCESS = new ConcurrentHashMap<>();

    private final ReentrantLock threads;
    private final FileChannel channel;

    private ProcessLock(ReentrantLock threads, FileChannel channel) {
        this.threads = threads;
        this.channel = channel;
    }

    /** Waits until no one else holds the lock. Not to be taken twice by one thread. */
    public static ProcessLock acquire(Path file) throws IOException {
        ReentrantLock threads = threads(file);
        threads.lock();
        FileChannel channel = null;
        try {
            channel = open(file);
            if (!channel.lock().isValid()) {
                throw new IOException("cannot lock " + file);
            }
            return new ProcessLock(threads, channel);
        } catch (IOException | RuntimeException | Error e) {
            giveUp(threads, channel);
            throw e;
        }
    }

    /** The lock, or null when someone else holds it. */
    public static ProcessLock tryAcquire(Path file) throws IOException {
        ReentrantLock threads = threads(file);
        if (threads.isHeldByCurrentThread() || !threads.tryLock()) {
            return null;
        }
        FileChannel channel = null;
        try {
            channel = open(file);
            if (channel.tryLock() != null) {
                return new ProcessLock(threads, channel);
            }
            giveUp(threads, channel);
            return null;
        } catch (IOException | RuntimeException | Error e) {
            giveUp(threads, channel);
            throw e;
        }
    }

    private static ReentrantLock threads(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path key = absolute.getParent().toRealPath().resolve(absolute.getFileName());
        return IN_PROCESS.computeIfAbsent(key, path -> new ReentrantLock());
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    private static void giveUp(ReentrantLock threads, FileChannel channel) throws IOException {
        try {
            if (channel != null) {
                channel.close();
            }
        } finally {
            threads.unlock();
        }
    }

    /** Lets the lock go. */
    @Override
    public void close() throws IOException {
        giveUp(threads, channel);
    }
}
