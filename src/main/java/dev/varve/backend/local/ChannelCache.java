package dev.varve.backend.local;

import dev.varve.model.NotFoundException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Positional reads through the channels of recently read files. Thread safe: the lock guards the map and the use counts,
 * never a read; a channel that is dropped while it is read closes behind its last reader. An interrupt closes the channel
 * it hits (that is how Java's channels are): the reads of others that this breaks open the file again, and the interrupted
 * thread reads on and keeps its interrupt.
 */
final class ChannelCache implements Closeable {
    /** Open files at most, apart from those being read at the moment. */
    static final int CAPACITY = 64;

    private static final int ATTEMPTS = 100;

    private final Map<Path, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    /** Reads until the target is full or the file ends. @return bytes read */
    int read(Path path, long offset, ByteBuffer target) throws IOException {
        int start = target.position();
        boolean interrupted = Thread.interrupted();
        try {
            for (int attempt = 1; ; attempt++) {
                Entry entry = acquire(path);
                try {
                    return readFully(entry.channel, offset, target);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    if (attempt == ATTEMPTS) {
                        throw e;
                    }
                    drop(path, entry);
                    target.position(start);
                } finally {
                    release(entry);
                }
            }
        } catch (IOException e) {
            throw LocalErrors.reading(path, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Closes the channel of a file that is about to go. */
    void forget(Path path) throws IOException {
        Entry entry;
        synchronized (this) {
            entry = entries.get(path);
        }
        if (entry != null) {
            drop(path, entry);
        }
    }

    private static int readFully(FileChannel channel, long offset, ByteBuffer target) throws IOException {
        int total = 0;
        while (target.hasRemaining()) {
            int count = channel.read(target, offset + total);
            if (count < 0) {
                break;
            }
            total += count;
        }
        return total;
    }

    private Entry acquire(Path path) throws IOException {
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the backend is closed");
            }
            Entry known = entries.get(path);
            if (known != null) {
                known.users++;
                return known;
            }
        }
        if (Files.isDirectory(path)) {
            throw new NotFoundException(path + ": there is no such object");
        }
        Entry opened = new Entry(FileChannel.open(path, StandardOpenOption.READ));
        FileChannel surplus = null;
        Entry entry;
        synchronized (this) {
            Entry raced = entries.get(path);
            if (raced == null) {
                entries.put(path, opened);
                entry = opened;
                evictEldest();
            } else {
                surplus = opened.channel;
                entry = raced;
            }
            entry.users++;
        }
        if (surplus != null) {
            surplus.close();
        }
        return entry;
    }

    /** Called with the lock held; closing a read-only channel does not wait for a disk. */
    private void evictEldest() throws IOException {
        Iterator<Entry> eldestFirst = entries.values().iterator();
        while (entries.size() > CAPACITY) {
            Entry eldest = eldestFirst.next();
            eldestFirst.remove();
            retire(eldest);
        }
    }

    private synchronized void drop(Path path, Entry entry) throws IOException {
        if (entries.remove(path, entry)) {
            retire(entry);
        }
    }

    private static void retire(Entry entry) throws IOException {
        entry.retired = true;
        if (entry.users == 0) {
            entry.channel.close();
        }
    }

    private synchronized void release(Entry entry) throws IOException {
        entry.users--;
        if (entry.retired && entry.users == 0) {
            entry.channel.close();
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        for (Entry entry : entries.values()) {
            retire(entry);
        }
        entries.clear();
    }

    /** A channel and how many threads read it now; guarded by the cache's lock. */
    private static final class Entry {
        private final FileChannel channel;
        private int users;
        private boolean retired;

        Entry(FileChannel channel) {
            this.channel = channel;
        }
    }
}
