package dev.varve.restore;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A bounded queue and the threads that empty it. The first failure stops the work: what is queued then is only cancelled, and
 * {@link #submit} and {@link #finish} throw it. Tasks are submitted by one thread that is none of the workers, so that a full
 * queue cannot block those who empty it. Memory: {@code capacity} tasks.
 */
final class WorkQueue implements AutoCloseable {
    private static final Task END = new Task() {
        @Override
        public void run() {
            throw new IllegalStateException("the end is no task");
        }

        @Override
        public void cancel() {
            throw new IllegalStateException("the end is no task");
        }
    };

    private final BlockingQueue<Task> queue;
    private final List<Thread> workers = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private boolean ended;

    WorkQueue(String name, int threads, int capacity) {
        this.queue = new ArrayBlockingQueue<>(capacity);
        for (int i = 0; i < threads; i++) {
            Thread worker = new Thread(this::work, name + "-" + i);
            worker.setDaemon(true);
            workers.add(worker);
            worker.start();
        }
    }

    /** Waits for room. A task that is handed in is either run or cancelled, also when this throws. */
    void submit(Task task) throws IOException {
        try {
            throwFailure();
            queue.put(task);
        } catch (InterruptedException e) {
            task.cancel();
            throw interrupted(e);
        } catch (IOException | RuntimeException | Error e) {
            task.cancel();
            throw e;
        }
    }

    boolean hasFailed() {
        return failure.get() != null;
    }

    void fail(Throwable cause) {
        failure.compareAndSet(null, cause);
    }

    /** Waits until all is done. @throws IOException the first failure */
    void finish() throws IOException {
        end();
        throwFailure();
    }

    /** Stops as soon as the running tasks are done, unless {@link #finish} came before. */
    @Override
    public void close() throws IOException {
        if (!ended) {
            fail(new InterruptedIOException("stopped"));
            end();
        }
    }

    private void end() throws InterruptedIOException {
        ended = true;
        try {
            for (int i = 0; i < workers.size(); i++) {
                queue.put(END);
            }
            for (Thread worker : workers) {
                worker.join();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void work() {
        try {
            for (Task task = queue.take(); task != END; task = queue.take()) {
                if (hasFailed()) {
                    task.cancel();
                } else {
                    run(task);
                }
            }
        } catch (InterruptedException e) {
            fail(interrupted(e));
        }
    }

    private void run(Task task) {
        try {
            task.run();
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
    }

    /** Throws the first failure, if there is one. */
    void throwFailure() throws IOException {
        Throwable cause = failure.get();
        if (cause instanceof IOException e) {
            throw e;
        } else if (cause instanceof RuntimeException e) {
            throw e;
        } else if (cause instanceof Error e) {
            throw e;
        }
    }

    private static InterruptedIOException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        InterruptedIOException e = new InterruptedIOException("interrupted");
        e.initCause(cause);
        return e;
    }

    /** A piece of work. */
    interface Task {
        /** @throws IOException only for what must stop everything */
        void run() throws IOException;

        /** Called instead of {@link #run} once something has failed: gives back what the task holds. */
        void cancel();
    }
}
