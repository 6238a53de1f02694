package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.index.ChunkIndex;
import dev.varve.index.IndexDelta;
import dev.varve.model.BackendException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.VarveException;
import dev.varve.pack.PackReader;
import dev.varve.pack.PackTrailer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Brings the chunk index up to the packs: packs that no segment covers are entered from their trailers, and when packs that it
 * covers are gone they are dropped. So the index may be lost, damaged or old at any time. Memory: 100 bytes a pack for
 * the listing, and one bounded delta.
 */
final class IndexCatchUp {
    private static final int DELTA_ENTRIES = 1 << 19;
    private static final int THREADS =
            Math.max(2, Math.min(16, Runtime.getRuntime().availableProcessors() * 2));

    private final Backend backend;
    private final PackReader packs;
    private final ChunkIndex index;
    private final List<VarveException> problems = new ArrayList<>();

    IndexCatchUp(Backend backend, PackReader packs, ChunkIndex index) {
        this.backend = backend;
        this.packs = packs;
        this.index = index;
    }

    /**
     * @param toWrite whether packs that are gone are dropped (a writer must not count on their chunks)
     * @return whether the index changed
     */
    boolean run(boolean toWrite) throws IOException {
        return run(toWrite, false);
    }

    /**
     * As for a reader, and packs of which entries were left out for those of others are entered again: one of the others is gone.
     * What the index knows of that one stays: it tells what was lost.
     */
    boolean runAfterLoss() throws IOException {
        return run(false, true);
    }

    private boolean run(boolean toWrite, boolean afterLoss) throws IOException {
        index.refresh();
        Set<PackId> stored = new HashSet<>();
        backend.list(ObjectNames.PACKS, object -> {
            PackId id = ObjectNames.packId(object.name());
            if (id != null) {
                stored.add(id);
            }
        });
        Set<PackId> gone = index.packs();
        gone.removeAll(stored);
        boolean drops = toWrite && !gone.isEmpty();
        if (drops) {
            index.drop(gone);
        } else if (afterLoss) {
            index.drop(Set.of());
        }
        Set<PackId> known = index.packs();
        List<PackId> unknown = new ArrayList<>();
        for (PackId id : stored) {
            if (!known.contains(id)) {
                unknown.add(id);
            }
        }
        return enter(unknown, toWrite) || drops;
    }

    /** Packs that could not be entered. */
    List<VarveException> problems() {
        return problems;
    }

    private boolean enter(List<PackId> unknown, boolean toWrite) throws IOException {
        if (unknown.isEmpty()) {
            return false;
        }
        IndexDelta delta = new IndexDelta(DELTA_ENTRIES);
        List<PackId> entered = new ArrayList<>();
        Set<PackId> shadowed = new HashSet<>();
        ExecutorService pool = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "varve-trailers");
            thread.setDaemon(true);
            return thread;
        });
        try {
            ArrayBlockingQueue<Future<PackTrailer>> reading = new ArrayBlockingQueue<>(2 * THREADS);
            int next = 0;
            while (next < unknown.size() || !reading.isEmpty()) {
                while (next < unknown.size() && reading.remainingCapacity() > 0) {
                    PackId id = unknown.get(next++);
                    Callable<PackTrailer> read = () -> packs.readTrailer(id);
                    reading.add(pool.submit(read));
                }
                PackTrailer trailer = take(reading.remove());
                if (trailer != null) {
                    PackId pack = trailer.pack();
                    trailer.forEachChunk((id, location) -> {
                        if (!delta.putIfAbsent(id, location)
                                && !delta.find(id).pack().equals(pack)) {
                            shadowed.add(pack);
                        }
                    });
                    entered.add(pack);
                }
                if (delta.isFull()) {
                    publish(delta, entered, shadowed, toWrite);
                    delta.clear();
                    entered.clear();
                    shadowed.clear();
                }
            }
            if (!entered.isEmpty()) {
                publish(delta, entered, shadowed, toWrite);
                return true;
            }
            return index.refresh();
        } finally {
            pool.shutdown();
        }
    }

    /**
     * What the index names, writers count on: their snapshots refer to it. So the packs are made durable first; their own writer
     * may have come no further than naming them. A reader must get along without writing beside the packs: the disk may be full
     * or mounted read-only.
     */
    private void publish(IndexDelta delta, List<PackId> entered, Set<PackId> shadowed, boolean toWrite)
            throws IOException {
        try {
            backend.settle(entered.stream().map(ObjectNames::pack).toList());
            index.publish(delta, entered, shadowed);
        } catch (BackendException | NoSpaceException e) {
            if (toWrite) {
                throw e;
            }
            index.publishAside(delta, entered);
        }
    }

    /** @return null when the pack cannot be entered, which is then a problem */
    private PackTrailer take(Future<PackTrailer> future) throws IOException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BackendException backendFailed) {
                throw backendFailed;
            }
            if (e.getCause() instanceof NotFoundException) {
                return null; // pruned since it was listed
            }
            if (e.getCause() instanceof VarveException problem) {
                problems.add(problem);
                return null;
            }
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted while the chunk index was brought up to date");
        }
    }
}
