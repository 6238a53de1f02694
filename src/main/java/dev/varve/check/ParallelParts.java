package dev.varve.check;

import dev.varve.snapshot.VolumeVerifier;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Runs the parts of a walk on several threads. After the first failure the rest is left out and {@link #await} says it. For one
 * thread that hands out parts. Memory: at most {@value #WAITING} parts a thread wait.
 */
final class ParallelParts implements VolumeVerifier.Runner, Closeable {
    private static final int WAITING = 8;

    private final ExecutorService threads;
    private final int room;
    private final Semaphore free;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    ParallelParts(int count) {
        AtomicInteger started = new AtomicInteger();
        threads = Executors.newFixedThreadPool(count, task -> {
            Thread thread = new Thread(task, "varve-check-" + started.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        room = count * WAITING;
        free = new Semaphore(room);
    }

    @Override
    public void run(VolumeVerifier.Part part) throws IOException {
        acquire(1);
        threads.execute(() -> {
            try {
                if (failure.get() == null) {
                    part.run();
                }
            } catch (Throwable e) { // whatever it is: what was not verified must not count as good
                failure.compareAndSet(null, e);
            } finally {
                free.release();
            }
        });
    }

    @Override
    public void await() throws IOException {
        acquire(room);
        free.release(room);
        Throwable first = failure.get();
        if (first instanceof IOException e) {
            throw e;
        }
        if (first != null) {
            throw new IllegalStateException("snapshots could not be verified: " + first, first);
        }
    }

    private void acquire(int permits) throws InterruptedIOException {
        try {
            free.acquire(permits);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while snapshots were verified");
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
