package dev.varve.backend;

import dev.varve.model.BackendException;
import dev.varve.model.VarveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Another backend that is known to be away for a while after a read found it so ({@link BackendException#away}): until the pause
 * is over every read fails at once in the same way, then one is let through to see, while the others go on failing at once. Any
 * answer of the server, even an error, ends that. Writing is not held back: whoever writes has patience. Thread safe; nobody waits
 * for another.
 */
public final class CircuitBreaker extends ForwardingBackend {
    /** Long enough that a directory full of files is not waited for one by one, short enough for somebody who tries again. */
    public static final Duration PAUSE = Duration.ofSeconds(20);

    private final Duration pause;
    private final LongSupplier nanos;
    private final AtomicReference<Outage> outage = new AtomicReference<>();

    /** What is known while the server is away. */
    private record Outage(BackendException failure, long untilNanos, AtomicBoolean probed) {
        boolean letsThrough(long now) {
            return now - untilNanos >= 0 && probed.compareAndSet(false, true);
        }
    }

    @FunctionalInterface
    private interface Call<T> {
        T run() throws IOException;
    }

    public CircuitBreaker(Backend inner) {
        this(inner, PAUSE, System::nanoTime);
    }

    /** @param nanos a clock that only goes forward, such as {@link System#nanoTime} */
    public CircuitBreaker(Backend inner, Duration pause, LongSupplier nanos) {
        super(inner);
        this.pause = pause;
        this.nanos = nanos;
    }

    private <T> T guarded(Call<T> call) throws IOException {
        Outage known = outage.get();
        if (known != null && !known.letsThrough(nanos.getAsLong())) {
            throw new BackendException(
                    known.failure().getMessage() + "; not tried again for a moment", false, true, known.failure());
        }
        boolean answered = false;
        try {
            T result = call.run();
            answered = true;
            return result;
        } catch (BackendException e) {
            answered = !e.away();
            if (e.away()) {
                outage.set(new Outage(e, nanos.getAsLong() + pause.toNanos(), new AtomicBoolean()));
            }
            throw e;
        } catch (VarveException e) {
            answered = true;
            throw e;
        } finally {
            if (known != null) {
                endProbe(known, answered);
            }
        }
    }

    /** After a probe: it was answered, or it may be made again (unless it has just found the server away once more). */
    private void endProbe(Outage known, boolean answered) {
        Outage next = answered ? null : new Outage(known.failure(), nanos.getAsLong(), new AtomicBoolean());
        outage.compareAndSet(known, next);
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        return guarded(() -> inner.read(name, offset, target));
    }

    @Override
    public long size(String name) throws IOException {
        return guarded(() -> inner.size(name));
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        guarded(() -> {
            inner.list(prefix, visitor);
            return null;
        });
    }

    @Override
    public Availability availability(String name) throws IOException {
        return guarded(() -> inner.availability(name));
    }

    @Override
    public void recall(String name, int days) throws IOException {
        guarded(() -> {
            inner.recall(name, days);
            return null;
        });
    }
}
