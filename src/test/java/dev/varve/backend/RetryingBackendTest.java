package dev.varve.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.memory.MemoryBackend;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.AuthenticationException;
import dev.varve.model.BackendException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import dev.varve.model.VarveException;
import dev.varve.testing.FlakyBackend;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryingBackendTest extends BackendContract {
    private static final RetryPolicy POLICY = new RetryPolicy(20, Duration.ofMillis(100), Duration.ofSeconds(2));

    private final FlakyBackend flaky = new FlakyBackend(new MemoryBackend(), 7, 0.2);

    @Override
    protected Backend newBackend() {
        return new RetryingBackend(flaky, quick(new ArrayList<>()));
    }

    private static Retries quick(List<Duration> pauses) {
        return new Retries(POLICY, pauses::add, new Random(1));
    }

    @Test
    void manyFailuresAreWaitedOut() throws IOException {
        try (Backend backend = newBackend()) {
            for (int i = 0; i < 100; i++) {
                backend.put("o/" + i, ByteBuffer.wrap(new byte[] {(byte) i}));
                try (ObjectWriter writer = backend.create(PackKind.DATA)) {
                    writer.write(ByteBuffer.allocate(1000));
                    writer.commit("w/" + i);
                }
            }
            List<StoredObject> seen = new ArrayList<>();
            backend.list("", seen::add);
            assertEquals(200, seen.size());
        }
        assertTrue(flaky.failures() > 100);
    }

    @Test
    void pausesDoubleWithJitterUpToTheLongest() {
        List<Duration> pauses = new ArrayList<>();
        Retries retries = quick(pauses);
        BackendException down = new BackendException("down", true, null);
        BackendException last = assertThrows(
                BackendException.class,
                () -> retries.call(repeated -> {
                    throw down;
                }));
        assertSame(down, last.getCause());
        assertFalse(last.retryable(), "whoever repeats the whole would multiply the waiting");
        assertEquals("down (20 tries)", last.getMessage());
        assertEquals(POLICY.attempts() - 1, pauses.size());
        for (int i = 0; i < pauses.size(); i++) {
            long longest = Math.min(100L << Math.min(i, 20), 2000);
            long millis = pauses.get(i).toMillis();
            assertTrue(millis >= longest / 2 && millis <= longest, i + ": " + millis);
        }
        assertTrue(pauses.stream().distinct().count() > 10, "no jitter: " + pauses);
    }

    @Test
    void whatWillNotPassIsNotRepeated() {
        for (VarveException failure : List.of(
                new NotFoundException("x"),
                new AlreadyExistsException("x"),
                new NoSpaceException("x", null),
                new AuthenticationException("x"),
                new BackendException("wrong keys", false, null))) {
            List<Duration> pauses = new ArrayList<>();
            VarveException thrown = assertThrows(
                    VarveException.class,
                    () -> quick(pauses).call(repeated -> {
                        throw failure;
                    }));
            assertSame(failure, thrown);
            assertTrue(pauses.isEmpty());
        }
    }

    /** The first answer is lost, so what is found under the name afterwards may be one's own. */
    @Test
    void ownContentFoundAfterALostAnswerIsSuccessAndOthersIsNot() throws IOException {
        MemoryBackend memory = new MemoryBackend();
        memory.put("taken", ByteBuffer.wrap(new byte[] {9, 9, 9}));
        LostAnswers lost = new LostAnswers(memory);
        Backend backend = new RetryingBackend(lost, quick(new ArrayList<>()));
        backend.put("mine", ByteBuffer.wrap(new byte[] {1, 2, 3}));
        try (ObjectWriter writer = backend.create(PackKind.DATA)) {
            writer.write(ByteBuffer.wrap(new byte[200_000]));
            writer.commit("mine-too");
        }
        assertEquals(4, lost.calls);
        assertThrows(AlreadyExistsException.class, () -> backend.put("taken", ByteBuffer.wrap(new byte[] {1, 2, 3})));
        try (ObjectWriter writer = backend.create(PackKind.DATA)) {
            writer.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            assertThrows(AlreadyExistsException.class, () -> writer.commit("taken"));
        }
        assertEquals(8, lost.calls);
    }

    /** Without a failure before, the same content is still someone else's. */
    @Test
    void aNameTakenFromTheStartIsRefusedEvenWithTheSameContent() throws IOException {
        try (Backend backend = new RetryingBackend(new MemoryBackend(), quick(new ArrayList<>()))) {
            backend.put("a", ByteBuffer.wrap(new byte[] {1}));
            assertThrows(AlreadyExistsException.class, () -> backend.put("a", ByteBuffer.wrap(new byte[] {1})));
        }
    }

    @Test
    void aListingThatHasBegunIsNotRepeated() {
        List<Duration> pauses = new ArrayList<>();
        Backend broken = new ForwardingBackend(new MemoryBackend()) {
            @Override
            public void list(String prefix, java.util.function.Consumer<StoredObject> visitor) throws IOException {
                visitor.accept(new StoredObject("a", 1));
                throw new BackendException("broke off", true, null);
            }
        };
        List<StoredObject> seen = new ArrayList<>();
        assertThrows(BackendException.class, () -> new RetryingBackend(broken, quick(pauses)).list("", seen::add));
        assertEquals(1, seen.size());
        assertTrue(pauses.isEmpty());
    }

    @Test
    void anInterruptEndsTheWaiting() {
        Retries retries = new Retries(
                POLICY,
                pause -> {
                    throw new InterruptedException();
                },
                new Random(1));
        assertThrows(
                InterruptedIOException.class,
                () -> retries.call(repeated -> {
                    assertFalse(repeated);
                    throw new BackendException("down", true, null);
                }));
        assertTrue(Thread.interrupted());
    }

    /** Every store fails once: carried out where the name is free. */
    private static final class LostAnswers extends ForwardingBackend {
        private int calls;

        LostAnswers(Backend inner) {
            super(inner);
        }

        @Override
        public void put(String name, ByteBuffer content) throws IOException {
            if (calls++ % 2 == 0) {
                if (!name.equals("taken")) {
                    inner.put(name, content);
                }
                throw new BackendException("lost", true, null);
            }
            throw new AlreadyExistsException(name);
        }

        @Override
        public ObjectWriter create(PackKind kind) throws IOException {
            return new ForwardingWriter(inner.create(kind)) {
                @Override
                public void commit(String name) throws IOException {
                    if (calls++ % 2 == 0) {
                        if (!name.equals("taken")) {
                            super.commit(name);
                        }
                        throw new BackendException("lost", true, null);
                    }
                    throw new AlreadyExistsException(name);
                }
            };
        }

        @Override
        public int read(String name, long offset, ByteBuffer target) throws IOException {
            return inner.read(name, offset, target);
        }
    }
}
