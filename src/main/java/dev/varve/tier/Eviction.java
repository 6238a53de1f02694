package dev.varve.tier;

import dev.varve.posix.ProcessLock;
import java.io.Closeable;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Counts what the cache takes and removes what was not used for longest, in the background. One process at a time does
 * this, under the file lock {@code evicting}; the others go on reading and storing meanwhile. Thread safe. Memory: 100 bytes
 * a file while it runs, 5 MB for 50,000 files (100 GB).
 */
final class Eviction implements Closeable {
    /** Files that are removed before the others are told of the room. */
    private static final int BATCH = 64;

    private final CacheDirectory directory;
    private final Usage usage;
    private final long limitBytes;
    private final Clock clock;
    private final Executor worker;
    private final Consumer<IOException> failures;
    private final AtomicBoolean pending = new AtomicBoolean();
    private final AtomicLong wantedBytes = new AtomicLong();
    private volatile boolean closed;

    /** @param worker runs one task after the other */
    Eviction(
            CacheDirectory directory,
            Usage usage,
            long limitBytes,
            Clock clock,
            Executor worker,
            Consumer<IOException> failures) {
        this.directory = directory;
        this.usage = usage;
        this.limitBytes = limitBytes;
        this.clock = clock;
        this.worker = worker;
        this.failures = failures;
    }

    /** Above this, room is made. */
    long highMark() {
        return limitBytes - limitBytes / 32;
    }

    /** Down to this. */
    long lowMark() {
        return limitBytes - limitBytes / 16;
    }

    /** Has the files counted, and room made if little is left. @param bytes room that there must be afterwards */
    void request(long bytes) {
        wantedBytes.accumulateAndGet(bytes, Math::max);
        if (pending.compareAndSet(false, true)) {
            worker.execute(this::run);
        }
    }

    private void run() {
        pending.set(false);
        long room = wantedBytes.getAndSet(0);
        if (closed) {
            return;
        }
        try (ProcessLock lock = ProcessLock.tryAcquire(directory.root().resolve("evicting"))) {
            if (lock != null) {
                evict(room);
            }
        } catch (IOException e) {
            failures.accept(e);
        }
    }

    private void evict(long room) throws IOException {
        long before = usage.used();
        List<CacheDirectory.Entry> entries = new ArrayList<>();
        long counted = directory.scan(clock.instant(), () -> closed, entries::add);
        if (closed) {
            return;
        }
        for (CacheDirectory.Entry entry : entries) {
            counted += entry.sizeBytes();
        }
        long used = usage.correct(counted, before);
        if (used + room <= highMark()) {
            return;
        }
        entries.sort(Comparator.comparingLong(CacheDirectory.Entry::usedMillis));
        remove(entries, used - Math.min(lowMark(), limitBytes - room));
    }

    /** Removes the first of these until so many bytes are free. */
    private void remove(List<CacheDirectory.Entry> entries, long bytes) throws IOException {
        long freed = 0;
        long told = 0;
        int removed = 0;
        try {
            for (CacheDirectory.Entry entry : entries) {
                if (freed >= bytes || closed) {
                    return;
                }
                freed += directory.remove(entry.name());
                if (++removed % BATCH == 0) {
                    usage.release(freed - told);
                    told = freed;
                }
            }
        } finally {
            usage.release(freed - told);
        }
    }

    /** What runs ends at the next file. */
    @Override
    public void close() {
        closed = true;
    }
}
