package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.index.ChunkIndex;
import dev.varve.index.IndexDelta;
import dev.varve.model.BackendException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.PackId;
import dev.varve.pack.PackTrailer;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Enters trailers in the chunk index: gathers them in one delta while a thread of its own publishes the one before. Not thread
 * safe. Memory: two deltas of {@link #DELTA_ENTRIES}, 75 MiB together.
 */
final class DeltaPublisher implements Closeable {
    private static final int DELTA_ENTRIES = 1 << 18;

    private final Backend backend;
    private final ChunkIndex index;
    private final boolean toWrite;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread publisher = new Thread(task, "varve-index-publish");
        publisher.setDaemon(true);
        return publisher;
    });
    private Batch filling = new Batch();
    private Batch other = new Batch();
    private Future<Void> publishing;

    /** Packs that are published together. */
    private static final class Batch {
        private final IndexDelta delta = new IndexDelta(DELTA_ENTRIES);
        private final List<PackId> entered = new ArrayList<>();
        private final Set<PackId> shadowed = new HashSet<>();

        void add(PackTrailer trailer) throws IOException {
            PackId pack = trailer.pack();
            trailer.forEachChunk((id, location) -> {
                if (!delta.putIfAbsent(id, location) && !delta.find(id).pack().equals(pack)) {
                    shadowed.add(pack);
                }
            });
            entered.add(pack);
        }

        void clear() {
            delta.clear();
            entered.clear();
            shadowed.clear();
        }
    }

    /** @param toWrite whether a segment that can't be written is an error; for a reader it is not */
    DeltaPublisher(Backend backend, ChunkIndex index, boolean toWrite) {
        this.backend = backend;
        this.index = index;
        this.toWrite = toWrite;
    }

    void add(PackTrailer trailer) throws IOException {
        filling.add(trailer);
        if (filling.delta.isFull()) {
            publishBeside();
        }
    }

    /** Publishes what is left, and waits for it. */
    void finish() throws IOException {
        if (!filling.entered.isEmpty()) {
            publishBeside();
        }
        await();
    }

    private void publishBeside() throws IOException {
        await();
        Batch full = filling;
        filling = other;
        other = full;
        publishing = thread.submit(() -> {
            publish(full);
            full.clear();
            return null;
        });
    }

    private void await() throws IOException {
        if (publishing == null) {
            return;
        }
        try {
            publishing.get();
            publishing = null;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the chunk index was brought up to date");
        }
    }

    /**
     * What the index names, writers count on: their snapshots refer to it. So the packs are made durable first; their own writer
     * may have come no further than naming them. A reader must get along without writing beside the packs: the disk may be full
     * or mounted read-only.
     */
    private void publish(Batch batch) throws IOException {
        try {
            backend.settle(batch.entered.stream().map(ObjectNames::pack).toList());
            index.publish(batch.delta, batch.entered, batch.shadowed);
        } catch (BackendException | NoSpaceException e) {
            if (toWrite) {
                throw e;
            }
            index.publishAside(batch.delta, batch.entered);
        }
    }

    /** What is being published still is: whole, for a segment appears at once. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
