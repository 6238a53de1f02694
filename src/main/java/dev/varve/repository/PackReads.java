package dev.varve.repository;

import dev.varve.model.BackendException;
import dev.varve.model.DelayedAccessException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.VarveException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Reads something of each of many packs, several at once. Memory: what was read of twice that many packs. Not thread safe. */
final class PackReads implements Closeable {
    private final int atOnce;
    private final ExecutorService pool;

    /** @param atOnce how many reads are under way at a time */
    PackReads(int atOnce) {
        this.atOnce = atOnce;
        this.pool = Executors.newFixedThreadPool(atOnce, task -> {
            Thread thread = new Thread(task, "varve-trailers");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Reads something of a pack; many at once. */
    @FunctionalInterface
    interface Reading<T> {
        T read(PackId pack) throws IOException;
    }

    /** Takes what was read, one after another, on the caller's thread. */
    @FunctionalInterface
    interface Taking<T> {
        void take(T read) throws IOException;
    }

    /**
     * Packs that are gone by now are passed over.
     *
     * @param problems takes what is wrong with single packs; one that is archived can't be read now
     * @throws BackendException if the backend fails
     */
    <T> void each(Collection<PackId> packs, Reading<T> reading, Taking<T> taking, Consumer<VarveException> problems)
            throws IOException {
        Queue<Future<T>> underWay = new ArrayDeque<>();
        Iterator<PackId> next = packs.iterator();
        while (next.hasNext() || !underWay.isEmpty()) {
            while (next.hasNext() && underWay.size() < 2 * atOnce) {
                PackId pack = next.next();
                Callable<T> task = () -> reading.read(pack);
                underWay.add(pool.submit(task));
            }
            T read = result(underWay.remove(), problems);
            if (read != null) {
                taking.take(read);
            }
        }
    }

    /** @return null when there is none */
    private static <T> T result(Future<T> future, Consumer<VarveException> problems) throws IOException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DelayedAccessException archived) {
                problems.accept(archived);
                return null;
            }
            if (e.getCause() instanceof BackendException backendFailed) {
                throw backendFailed;
            }
            if (e.getCause() instanceof NotFoundException) {
                return null; // pruned since it was listed
            }
            if (e.getCause() instanceof VarveException problem) {
                problems.accept(problem);
                return null;
            }
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the chunk index was brought up to date");
        }
    }

    /** What is under way ends by itself: an interrupt would close the files that others read. */
    @Override
    public void close() {
        pool.shutdown();
    }
}
