package dev.varve.backend;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Parts of a listing that are asked for at once. */
public final class ListingTasks {
    private ListingTasks() {}

    /** Runs all and returns what they found, in their order. @throws IOException what the first of them that failed threw */
    public static <T> List<T> run(ExecutorService pool, List<Callable<T>> tasks) throws IOException {
        try {
            List<T> all = new ArrayList<>();
            for (Future<T> task : pool.invokeAll(tasks)) {
                all.add(task.get());
            }
            return all;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while listing");
            interrupted.initCause(e);
            throw interrupted;
        }
    }
}
