package dev.varve.backup;

import dev.varve.model.ChunkId;
import dev.varve.model.PackKind;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.ChunkSink;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Names, deduplicates and stores chunks on several threads and hands their ids back in the order in which the chunks came.
 *
 * <p>One thread owns the pipeline: it calls {@link #put} and {@link #mark}, and on it, inside these calls, the steps of
 * earlier chunks run, strictly in order. So whoever assembles contents needs no locks. Chunks travel in batches; when too
 * many are under way the owner waits for the oldest. Each worker has a lane of its own.
 *
 * <p>The first failure of a worker is thrown to the owner at its next wait; later batches are not worked on. Nobody is ever
 * interrupted, since that would close the files a worker writes. Whoever makes it calls {@link #finish} (or not, after a
 * failure) and {@link #close}.
 *
 * <p>Memory: {@code 2 × workers + 2} batches of 512 KiB and their steps (at most 4096 each, about 40 bytes a step).
 */
final class ChunkPipeline implements Closeable {
    private static final int BATCH_BYTES = 512 * 1024;
    private static final int BATCH_STEPS = 4096;

    private final ChunkSink sink;
    private final List<Thread> workers = new ArrayList<>();
    private final BlockingQueue<Batch> queue = new LinkedBlockingQueue<>();
    private final Deque<Batch> underWay = new ArrayDeque<>();
    private final Deque<Batch> idle = new ArrayDeque<>();
    private final int maxUnderWay;
    private Batch filling = new Batch();
    private boolean ended;
    private volatile Throwable failure;

    ChunkPipeline(ChunkSink sink, int workerCount) {
        this.sink = sink;
        maxUnderWay = 2 * workerCount + 1;
        for (int i = 0; i < workerCount; i++) {
            Thread worker = new Thread(this::work, "varve-backup-" + (i + 1));
            worker.setDaemon(true);
            workers.add(worker);
            worker.start();
        }
    }

    /** Whether the chunk is stored, or on its way. */
    boolean contains(ChunkId id) throws IOException {
        return sink.contains(id);
    }

    /** Whether what is not stored may lie in a pack that is to be deleted. */
    boolean avoidsPacks() {
        return sink.avoidsPacks();
    }

    /** Stores a copy of the bytes as one chunk; {@code step} gets its id later, on the owner's thread. */
    void put(byte[] data, int offset, int length, Step step) throws IOException {
        if (filling.bytes + length > BATCH_BYTES || filling.steps.size() == BATCH_STEPS) {
            dispatch();
        }
        filling.add(data, offset, length, step);
    }

    /** Runs {@code mark} on the owner's thread after the steps of everything put before. */
    void mark(Mark mark) throws IOException {
        if (filling.steps.size() == BATCH_STEPS) {
            dispatch();
        }
        filling.steps.add(id -> mark.reached());
        filling.lengths[filling.steps.size() - 1] = 0;
    }

    /** Returns when all steps and marks have run. */
    void drain() throws IOException {
        while (arriveOne()) {}
    }

    /** Waits for the oldest batch, sending off the one that is being filled. @return false when nothing was left */
    boolean arriveOne() throws IOException {
        if (!filling.steps.isEmpty()) {
            dispatch();
        }
        if (underWay.isEmpty()) {
            return false;
        }
        arrive();
        return true;
    }

    /**
     * Does something on the backup's own side (repository, scratch files) whose failure must end the backup, even when code
     * on the way takes it for a failure of the volume that is read. Whoever catches an IOException of a volume calls {@link
     * #rethrow} first.
     */
    void own(Mark action) throws IOException {
        try {
            action.reached();
        } catch (IOException | RuntimeException e) {
            fail(e);
            throw e;
        }
    }

    /** Throws the failure of the backup's own side, if there was one. */
    void rethrow() throws IOException {
        Throwable first = failure;
        if (first instanceof IOException e) {
            throw e;
        }
        if (first instanceof RuntimeException e) {
            throw e;
        }
        if (first instanceof Error e) {
            throw e;
        }
    }

    /** Drains, closes the lanes and ends the workers. */
    void finish() throws IOException {
        drain();
        end();
        rethrow();
    }

    /** Ends the workers; what has not arrived is given up. */
    @Override
    public void close() {
        if (!ended) {
            failure = failure == null ? new IOException("the backup was given up") : failure;
            queue.clear();
            end();
        }
    }

    private void end() {
        ended = true;
        workers.forEach(worker -> queue.add(Batch.END));
        boolean interrupted = false;
        for (Thread worker : workers) {
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void dispatch() throws IOException {
        underWay.add(filling);
        queue.add(filling);
        while (underWay.size() > maxUnderWay) {
            arrive();
        }
        filling = idle.isEmpty() ? new Batch() : idle.remove();
    }

    private void arrive() throws IOException {
        Batch batch = underWay.element();
        own(batch::await);
        rethrow();
        underWay.remove();
        own(batch::deliver);
        batch.reset();
        idle.add(batch);
    }

    private void work() {
        ChunkLane lane = null;
        while (true) {
            Batch batch;
            try {
                batch = queue.take();
            } catch (InterruptedException e) {
                fail(new InterruptedIOException("a backup worker was interrupted"));
                continue; // the owner ends the workers by END, whatever happens
            }
            try {
                if (batch == Batch.END) {
                    if (lane != null && failure == null) {
                        lane.close();
                    }
                    return;
                }
                if (failure == null) {
                    lane = lane == null ? sink.lane(PackKind.DATA) : lane;
                    batch.store(lane);
                }
            } catch (Throwable e) { // whatever it is must reach the owner, or it waits for ever
                fail(e);
                if (batch == Batch.END) {
                    return;
                }
            } finally {
                batch.done();
            }
        }
    }

    private synchronized void fail(Throwable e) {
        if (failure == null) {
            failure = e;
        }
    }

    /** What happens when a chunk has its id. */
    @FunctionalInterface
    interface Step {
        void arrived(ChunkId id) throws IOException;
    }

    /** What happens when everything before it has happened. */
    @FunctionalInterface
    interface Mark {
        void reached() throws IOException;
    }

    /** Chunks that travel together. Filled by the owner, then read by one worker, then read by the owner. */
    private static final class Batch {
        static final Batch END = new Batch(0);

        final byte[] data;
        final List<Step> steps = new ArrayList<>();
        final int[] lengths = new int[BATCH_STEPS];
        final ChunkId[] ids = new ChunkId[BATCH_STEPS];
        int bytes;
        private boolean done;

        Batch() {
            this(BATCH_BYTES);
        }

        private Batch(int capacity) {
            data = new byte[capacity];
        }

        void add(byte[] source, int offset, int length, Step step) {
            System.arraycopy(source, offset, data, bytes, length);
            lengths[steps.size()] = length;
            steps.add(step);
            bytes += length;
        }

        void store(ChunkLane lane) throws IOException {
            int offset = 0;
            for (int i = 0; i < steps.size(); i++) {
                int length = lengths[i];
                ids[i] = length == 0 ? null : lane.put(data, offset, length);
                offset += length;
            }
        }

        void deliver() throws IOException {
            for (int i = 0; i < steps.size(); i++) {
                steps.get(i).arrived(ids[i]);
            }
        }

        synchronized void done() {
            done = true;
            notifyAll();
        }

        synchronized void await() throws InterruptedIOException {
            while (!done) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("the backup was interrupted");
                }
            }
        }

        synchronized void reset() {
            steps.clear();
            bytes = 0;
            done = false;
        }
    }
}
