package dev.varve.repository;

import dev.varve.backend.Availability;
import dev.varve.backend.Backend;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.StoredObject;
import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A backend that is opened when it is first needed: a mount must be ready, and browse, while a cold tier is away. After an
 * opening that failed the next is tried {@link #RETRY_NANOS} later; until then the same failure comes at once. Thread safe.
 */
final class LazyBackend implements Backend {
    static final long RETRY_NANOS = 15_000_000_000L;

    private static final int PARALLEL_READS_BEFORE_OPENING = 8;

    private final String description;
    private final Opening opening;
    private final LongSupplier nanoTime;
    private volatile Backend opened;
    private BackendException failure;
    private long failedAt;
    private boolean closed;

    @FunctionalInterface
    interface Opening {
        Backend open() throws IOException;
    }

    /** @param nanoTime as {@link System#nanoTime} */
    LazyBackend(String description, Opening opening, LongSupplier nanoTime) {
        this.description = description;
        this.opening = opening;
        this.nanoTime = nanoTime;
    }

    @Override
    public String describe() {
        return description;
    }

    private Backend opened() throws IOException {
        Backend there = opened;
        return there != null ? there : open();
    }

    private synchronized Backend open() throws IOException {
        if (opened != null) {
            return opened;
        }
        if (closed) {
            throw new BackendException(description + ": closed", false, null);
        }
        if (failure != null && nanoTime.getAsLong() - failedAt < RETRY_NANOS) {
            throw failure;
        }
        try {
            opened = opening.open();
            failure = null;
            return opened;
        } catch (IOException e) {
            // Whatever it is (no such directory, a wrong key), to a reader it means that the tier is away.
            String reason =
                    e instanceof NotFoundException ? "there is no such place; is its disk mounted?" : e.getMessage();
            failure = new BackendException(description + ": " + reason, false, true, e);
            failedAt = nanoTime.getAsLong();
            throw failure;
        }
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        opened().put(name, content);
    }

    @Override
    public ObjectWriter create(PackKind kind) throws IOException {
        return opened().create(kind);
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        return opened().read(name, offset, target);
    }

    @Override
    public long size(String name) throws IOException {
        return opened().size(name);
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        opened().list(prefix, visitor);
    }

    @Override
    public void settle(Collection<String> names) throws IOException {
        opened().settle(names);
    }

    @Override
    public Availability availability(String name) throws IOException {
        return opened().availability(name);
    }

    @Override
    public void recall(String name, int days) throws IOException {
        opened().recall(name, days);
    }

    /** Known only once it is open. */
    @Override
    public int parallelReads() {
        Backend there = opened;
        return there == null ? PARALLEL_READS_BEFORE_OPENING : there.parallelReads();
    }

    @Override
    public void delete(String name) throws IOException {
        opened().delete(name);
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        if (opened != null) {
            opened.close();
            opened = null;
        }
    }
}
