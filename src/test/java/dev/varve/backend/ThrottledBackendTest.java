package dev.varve.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.memory.MemoryBackend;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ThrottledBackendTest extends BackendContract {
    private static final long RATE = 1_000_000;

    /** Time passes only by sleeping. */
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5_000);

    @Override
    protected Backend newBackend() {
        return new ThrottledBackend(new MemoryBackend(), bucket(), bucket());
    }

    private TokenBucket bucket() {
        return new TokenBucket(RATE, now::get, pause -> now.addAndGet(pause.toNanos()));
    }

    private Duration during(Work work) throws IOException {
        long before = now.get();
        work.run();
        return Duration.ofNanos(now.get() - before);
    }

    private interface Work {
        void run() throws IOException;
    }

    @Test
    void whatGoesUpAndComesDownTakesItsTime() throws IOException {
        try (Backend backend = newBackend()) {
            assertEquals(
                    9_750,
                    during(() -> backend.put("a", ByteBuffer.allocate(10_000_000)))
                            .toMillis());
            assertEquals(
                    1_750,
                    during(() -> {
                                backend.read("a", 0, ByteBuffer.allocate(1_500_000));
                                backend.read("a", 0, ByteBuffer.allocate(500_000));
                            })
                            .toMillis());
            Duration written = during(() -> {
                try (ObjectWriter writer = backend.create(PackKind.DATA)) {
                    writer.write(ByteBuffer.allocate(3_000_000));
                    writer.commit("b");
                }
            });
            assertEquals(2_750, written.toMillis());
        }
    }

    @Test
    void timeWithoutTrafficIsSavedUpForAQuarterOfASecondOnly() throws IOException {
        TokenBucket bucket = bucket();
        bucket.take(1);
        now.addAndGet(Duration.ofHours(1).toNanos());
        assertEquals(0, during(() -> bucket.take(RATE / 4)).toMillis());
        assertEquals(100, during(() -> bucket.take(RATE / 10)).toMillis());
    }

    @Test
    void noLimitIsNone() throws IOException {
        try (Backend backend = new ThrottledBackend(new MemoryBackend(), null, null)) {
            assertEquals(
                    0,
                    during(() -> backend.put("a", ByteBuffer.allocate(10_000_000)))
                            .toMillis());
            assertEquals(
                    0,
                    during(() -> backend.read("a", 0, ByteBuffer.allocate(10_000_000)))
                            .toMillis());
        }
    }

    @Test
    void anInterruptEndsTheWaiting() {
        TokenBucket bucket = new TokenBucket(1, now::get, pause -> {
            throw new InterruptedException();
        });
        assertThrows(InterruptedIOException.class, () -> bucket.take(10));
        assertTrue(Thread.interrupted());
    }

    @Test
    void aRateOfNothingIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> TokenBucket.ofRate(0));
    }
}
