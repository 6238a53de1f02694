package dev.varve.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.memory.MemoryBackend;
import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
    private static final Duration PAUSE = Duration.ofSeconds(20);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // it may overflow
    private final Line line = new Line();
    private final Backend backend = new CircuitBreaker(line, PAUSE, nanos::get);

    /** A backend that fails as told, and counts what reaches it. */
    private static final class Line extends ForwardingBackend {
        final AtomicInteger calls = new AtomicInteger();
        volatile IOException failure;
        volatile CountDownLatch held;
        final CountDownLatch arrived = new CountDownLatch(1);

        Line() {
            super(new MemoryBackend());
        }

        private void call() throws IOException {
            calls.incrementAndGet();
            CountDownLatch latch = held;
            if (latch != null) {
                arrived.countDown();
                try {
                    assertTrue(latch.await(60, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public int read(String name, long offset, ByteBuffer target) throws IOException {
            call();
            return super.read(name, offset, target);
        }

        @Override
        public long size(String name) throws IOException {
            call();
            return super.size(name);
        }

        @Override
        public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
            call();
            super.list(prefix, visitor);
        }
    }

    private static BackendException away() {
        return new BackendException("s3://b: Connection refused", true, true, null);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private BackendException fails() {
        return assertThrows(BackendException.class, () -> backend.read("a", 0, ByteBuffer.allocate(1)));
    }

    private void store() throws IOException {
        backend.put("a", ByteBuffer.wrap(new byte[] {1}));
    }

    @Test
    void afterOneReadFoundItAwayAllFailAtOnceInTheSameWayUntilThePauseIsOver() throws IOException {
        store();
        line.failure = away();
        BackendException first = fails();
        assertSame(line.failure, first);
        line.failure = null;
        pass(PAUSE.minusNanos(1));
        BackendException second = fails();
        assertTrue(second.away());
        assertFalse(second.retryable(), "whoever repeats the whole would wait");
        assertEquals("s3://b: Connection refused; not tried again for a moment", second.getMessage());
        assertThrows(BackendException.class, () -> backend.size("a"));
        assertThrows(BackendException.class, () -> backend.list("", object -> {}));
        assertThrows(BackendException.class, () -> backend.availability("a"));
        assertThrows(BackendException.class, () -> backend.recall("a", 1));
        assertEquals(1, line.calls.get());
        pass(Duration.ofNanos(1));
        assertEquals(1, backend.read("a", 0, ByteBuffer.allocate(1)));
        assertEquals(1, backend.size("a"));
        assertEquals(3, line.calls.get());
    }

    @Test
    void aProbeThatFindsItAwayBeginsAnotherPause() {
        line.failure = away();
        fails();
        for (int i = 1; i <= 3; i++) {
            pass(PAUSE);
            fails();
            fails();
            assertEquals(1 + i, line.calls.get());
        }
    }

    @Test
    void anyAnswerOfTheServerEndsIt() throws IOException {
        for (IOException answer :
                List.of(new NotFoundException("none"), new BackendException("permission denied", false, null))) {
            line.failure = away();
            fails();
            pass(PAUSE);
            line.failure = answer;
            assertThrows(answer.getClass(), () -> backend.size("a"));
            assertThrows(answer.getClass(), () -> backend.size("a"));
        }
        assertEquals(6, line.calls.get());
    }

    @Test
    void aProbeThatIsBrokenOffLetsTheNextOneThrough() throws IOException {
        store();
        line.failure = away();
        fails();
        pass(PAUSE);
        line.failure = new InterruptedIOException("stopped");
        assertThrows(InterruptedIOException.class, () -> backend.size("a"));
        line.failure = null;
        assertThrows(
                IllegalStateException.class,
                () -> backend.list("", object -> {
                    throw new IllegalStateException("the caller's");
                }));
        assertEquals(1, backend.size("a"));
    }

    @Test
    void otherFailuresOpenNothing() throws IOException {
        store();
        line.failure = new BackendException("503 SlowDown", true, null);
        fails();
        line.failure = null;
        assertEquals(1, backend.size("a"));
    }

    @Test
    void writingIsNotHeldBack() throws IOException {
        line.failure = away();
        fails();
        store();
        backend.delete("a");
    }

    /** The probe hangs; others get their answer meanwhile. */
    @Test
    void nobodyWaitsForTheProbe() throws Exception {
        store();
        line.failure = away();
        fails();
        pass(PAUSE);
        line.failure = null;
        line.held = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(1);
        try {
            Future<Long> probe = threads.submit(() -> backend.size("a"));
            assertTrue(line.arrived.await(60, TimeUnit.SECONDS));
            for (int i = 0; i < 10; i++) {
                assertTrue(fails().away());
            }
            line.held.countDown();
            assertEquals(1, probe.get());
            line.held = null;
            assertEquals(1, backend.size("a"));
        } finally {
            threads.shutdownNow();
        }
    }

    /** The way an address is opened for somebody who waits: a server that is away is asked once, one that stumbles again. */
    @Test
    void whoWaitsDoesNotWaitForAServerThatIsAway() {
        List<Duration> pauses = new ArrayList<>();
        Retries retries = new Retries(RetryPolicy.INTERACTIVE, pauses::add, new Random(1));
        Backend opened = new CircuitBreaker(new RetryingBackend(line, retries), PAUSE, nanos::get);
        line.failure = new BackendException("reset", true, null);
        BackendException stumbled = assertThrows(BackendException.class, () -> opened.size("a"));
        assertFalse(stumbled.away());
        assertEquals(3, line.calls.get());
        line.failure = away();
        assertTrue(assertThrows(BackendException.class, () -> opened.size("a")).away());
        assertEquals(4, line.calls.get());
        assertThrows(BackendException.class, () -> opened.size("a"));
        assertEquals(4, line.calls.get());
        Duration waited = pauses.stream().reduce(Duration.ZERO, Duration::plus);
        assertTrue(waited.compareTo(Duration.ofSeconds(3)) < 0, waited.toString());
    }

    /** After the last try it is still known that nobody was there. */
    @Test
    void patienceThatIsOverStillSaysAway() {
        Retries retries = new Retries(RetryPolicy.DEFAULT, pause -> {}, new Random(1));
        line.failure = away();
        BackendException e = assertThrows(BackendException.class, () -> new RetryingBackend(line, retries).size("a"));
        assertTrue(e.away());
        assertFalse(e.retryable());
    }
}
