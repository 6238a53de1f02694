package dev.varve.index;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The right to change an index: one holder among all threads of all processes. Readers never take it.
 *
 * <p>A file lock belongs to the whole process, and closing any channel on the file gives it up, whoever opened it. So
 * threads first settle among themselves who may touch the lock file at all; only that one opens it. The table that serves
 * this is the process's, hence static: it holds one small lock for each index directory ever written.
 */
final class IndexLock implements Closeable {
    private static final ConcurrentMap<Path, ReentrantLock> IN_PROCESS = new ConcurrentHashMap<>();

    private final ReentrantLock threads;
    private final FileChannel channel;

    private IndexLock(ReentrantLock threads, FileChannel channel) {
        this.threads = threads;
        this.channel = channel;
    }

    /** Waits until no one else holds the lock. The directory must exist. Not to be taken twice by one thread. */
    static IndexLock acquire(Path directory) throws IOException {
        ReentrantLock threads = IN_PROCESS.computeIfAbsent(directory.toRealPath(), path -> new ReentrantLock());
        threads.lock();
        FileChannel channel = null;
        try {
            channel = IndexFiles.openPrivate(directory.resolve("lock"), StandardOpenOption.CREATE);
            if (!channel.lock().isValid()) {
                throw new IOException("cannot lock " + directory.resolve("lock"));
            }
            return new IndexLock(threads, channel);
        } catch (IOException | RuntimeException | Error e) {
            if (channel != null) {
                channel.close();
            }
            threads.unlock();
            throw e;
        }
    }

    /** Lets the lock go. */
    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            threads.unlock();
        }
    }
}
