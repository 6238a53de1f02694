package dev.varve.repository;

import dev.varve.codec.ColdGroup;
import dev.varve.codec.ColdGrouping;
import dev.varve.codec.FrameWriter;
import dev.varve.crypto.IdHasher;
import dev.varve.model.ChunkId;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A lane into a cold tier: chunks are sorted by what they are, and several threads compress, seal and verify the frames, which
 * takes nearly all of the time. Not thread safe. Memory: what {@link ColdGrouping} says, and {@link ColdGroup#SEALING_BYTES} a thread.
 */
final class ColdLane implements ChunkLane {
    private final WriteSession session;
    private final IdHasher ids;
    private final FrameWriter frames;
    private final ColdGrouping grouping;
    private final ExecutorService threads;
    private final int room;
    private final Semaphore free;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private boolean told;

    ColdLane(WriteSession session, IdHasher ids, FrameWriter frames, int workers) {
        this.session = session;
        this.ids = ids;
        this.frames = frames;
        this.grouping = new ColdGrouping(PackKind.DATA, this::submit);
        AtomicInteger started = new AtomicInteger();
        this.threads = Executors.newFixedThreadPool(workers, task -> {
            Thread thread = new Thread(task, "varve-cold-" + started.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        this.room = workers + 1;
        this.free = new Semaphore(room);
    }

    /** Threads for which there is memory, a third of the heap at most. */
    static int workers() {
        Runtime runtime = Runtime.getRuntime();
        long affordable = runtime.maxMemory() / 3 / ColdGroup.SEALING_BYTES;
        return (int) Math.max(1, Math.min(runtime.availableProcessors(), affordable));
    }

    @Override
    public ChunkId put(byte[] bytes, int offset, int length) throws IOException {
        throwFailure();
        ChunkId id = ids.id(bytes, offset, length);
        if (session.claim(id, length)) {
            grouping.add(id, bytes, offset, length);
        }
        return id;
    }

    private void submit(ColdGroup group) throws IOException {
        acquire(1);
        threads.execute(() -> {
            try {
                if (failure.get() == null) {
                    session.append(group.seal(frames));
                }
            } catch (Throwable e) { // whatever it is: chunks that were claimed are not stored
                failure.compareAndSet(null, e);
                session.fail(new IOException("a frame could not be stored: " + e.getMessage(), e));
            } finally {
                free.release();
            }
        });
    }

    @Override
    public void close() throws IOException {
        try {
            grouping.finish();
            acquire(room);
            throwFailure();
        } finally {
            threads.shutdown();
        }
    }

    /** Once: who met it in {@link #put} closes this next, and must not meet the same again. */
    private void throwFailure() throws IOException {
        Throwable first = told ? null : failure.get();
        told |= first != null;
        if (first instanceof IOException e) {
            throw e;
        }
        if (first != null) {
            throw new IllegalStateException("a frame could not be stored: " + first, first);
        }
    }

    private void acquire(int permits) throws InterruptedIOException {
        try {
            free.acquire(permits);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while frames were compressed");
        }
    }
}
