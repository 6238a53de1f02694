package dev.varve.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ParallelPartsTest {
    @Test
    void partsRunAtOnceAndAreAllDoneAfterAwait() throws IOException {
        AtomicInteger done = new AtomicInteger();
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        CyclicBarrier together = new CyclicBarrier(3);
        try (ParallelParts parts = new ParallelParts(3)) {
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 300; i++) {
                    parts.run(() -> {
                        try {
                            // Passes only if three parts run at the same time.
                            together.await(60, TimeUnit.SECONDS);
                        } catch (Exception e) {
                            throw new IOException(e);
                        }
                        threads.add(Thread.currentThread());
                        done.incrementAndGet();
                    });
                }
                parts.await();
                assertEquals(300 * (round + 1), done.get());
            }
        }
        assertEquals(3, threads.size());
        assertFalse(threads.contains(Thread.currentThread()));
    }

    @Test
    void theFirstFailureIsSaidAndEndsTheRest() {
        IOException failure = new IOException("no disk");
        AtomicBoolean ranAfter = new AtomicBoolean();
        try (ParallelParts parts = new ParallelParts(1)) {
            assertSame(failure, assertThrows(IOException.class, () -> {
                parts.run(() -> {
                    throw failure;
                });
                parts.run(() -> ranAfter.set(true));
                parts.await();
            }));
        }
        assertFalse(ranAfter.get());
    }

    @Test
    void anErrorIsNotTakenForSuccess() {
        try (ParallelParts parts = new ParallelParts(2)) {
            IllegalStateException said = assertThrows(IllegalStateException.class, () -> {
                parts.run(() -> {
                    throw new OutOfMemoryError("of a test");
                });
                parts.await();
            });
            assertTrue(said.getMessage().contains("of a test"));
        }
    }
}
