package dev.varve.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every backend must do. A backend's test extends this. */
public abstract class BackendContract {
    private Backend backend;

    /** An empty backend. */
    protected abstract Backend newBackend() throws IOException;

    @BeforeEach
    void open() throws IOException {
        backend = newBackend();
    }

    @AfterEach
    void close() throws IOException {
        backend.close();
    }

    @Test
    void whatIsPutIsRead() throws IOException {
        backend.put("keys/1", bytes("hello"));
        assertEquals("hello", read("keys/1", 0, 100));
        assertEquals(5, backend.size("keys/1"));
    }

    @Test
    void anEmptyObjectIsAnObject() throws IOException {
        backend.put("empty", bytes(""));
        assertEquals(0, backend.size("empty"));
        assertEquals("", read("empty", 0, 10));
    }

    @Test
    void putTakesPositionToLimit() throws IOException {
        ByteBuffer part = bytes("hello world").position(6).limit(9);
        backend.put("part", part);
        assertEquals("wor", read("part", 0, 100));
    }

    @Test
    void aRangeIsReadUntilTheBufferIsFullOrTheObjectEnds() throws IOException {
        backend.put("a/b", bytes("0123456789"));
        assertEquals("345", read("a/b", 3, 3));
        assertEquals("89", read("a/b", 8, 5));
        assertEquals("", read("a/b", 10, 5));
        assertEquals("", read("a/b", 1L << 40, 5));
    }

    @Test
    void aDirectBufferIsFilledToo() throws IOException {
        backend.put("a", bytes("0123456789"));
        ByteBuffer direct = ByteBuffer.allocateDirect(4);
        assertEquals(4, backend.read("a", 2, direct));
        assertEquals('2', direct.get(0));
    }

    @Test
    void aTakenNameIsRefusedAndKeepsItsContent() throws IOException {
        backend.put("a", bytes("first"));
        assertThrows(AlreadyExistsException.class, () -> backend.put("a", bytes("second")));
        try (ObjectWriter writer = backend.create()) {
            writer.write(bytes("third"));
            assertThrows(AlreadyExistsException.class, () -> writer.commit("a"));
        }
        assertEquals("first", read("a", 0, 100));
        assertEquals(1, listing("").size());
    }

    @Test
    void whatIsNotThereIsNotFound() throws IOException {
        backend.put("a/b", bytes("x"));
        for (String name : List.of("b", "a", "a/c")) {
            assertThrows(NotFoundException.class, () -> backend.read(name, 0, ByteBuffer.allocate(1)), name);
            assertThrows(NotFoundException.class, () -> backend.size(name), name);
        }
    }

    @Test
    void deletingIsFinalAndMayBeRepeated() throws IOException {
        backend.put("a", bytes("x"));
        read("a", 0, 1);
        backend.delete("a");
        backend.delete("a");
        assertThrows(NotFoundException.class, () -> backend.read("a", 0, ByteBuffer.allocate(1)));
        assertTrue(listing("").isEmpty());
        backend.put("a", bytes("new"));
        assertEquals("new", read("a", 0, 10));
    }

    @Test
    void whatIsSettledStaysAsItIs() throws IOException {
        backend.put("packs/ab/abc", bytes("x"));
        backend.settle(List.of("packs/ab/abc", "packs/ac/gone"));
        backend.settle(List.of());
        assertEquals("x", read("packs/ab/abc", 0, 10));
        assertEquals(List.of("packs/ab/abc"), List.copyOf(listing("").keySet()));
    }

    @Test
    void aListingShowsNamesAndSizesBelowAPrefix() throws IOException {
        for (String name : List.of("config", "packs/ab/abc", "packs/ac/acd", "packs-not", "snapshots/1")) {
            backend.put(name, bytes(name));
        }
        assertEquals(5, listing("").size());
        assertEquals(
                List.of("packs/ab/abc", "packs/ac/acd"),
                List.copyOf(listing("packs/").keySet()));
        assertEquals(List.of("packs/ab/abc"), List.copyOf(listing("packs/ab").keySet()));
        assertEquals(
                List.of("packs-not", "packs/ab/abc", "packs/ac/acd"),
                List.copyOf(listing("pack").keySet()));
        assertEquals(12L, listing("packs/ab/abc").get("packs/ab/abc"));
        assertTrue(listing("nothing/here").isEmpty());
    }

    @Test
    void anObjectInTheMakingIsInvisibleUntilCommitted() throws IOException {
        try (ObjectWriter writer = backend.create()) {
            writer.write(bytes("ab"));
            writer.write(bytes("cd"));
            assertEquals(4, writer.position());
            assertTrue(listing("").isEmpty());
            writer.commit("packs/00/x");
        }
        assertEquals("abcd", read("packs/00/x", 0, 10));
    }

    @Test
    void anObjectClosedUncommittedIsGone() throws IOException {
        try (ObjectWriter writer = backend.create()) {
            writer.write(bytes("ab"));
        }
        assertTrue(listing("").isEmpty());
    }

    @Test
    void aWriterMayNotBeUsedAfterItsCommit() throws IOException {
        try (ObjectWriter writer = backend.create()) {
            writer.commit("a");
            assertThrows(IllegalStateException.class, () -> writer.write(bytes("x")));
            assertThrows(IllegalStateException.class, () -> writer.commit("b"));
        }
    }

    @Test
    void badNamesAreRefused() {
        for (String name : List.of("", "/a", "a/", "a//b", "../a", "a/..", "A", "a b", "tmp/x", "ä", "a\0")) {
            assertThrows(IllegalArgumentException.class, () -> backend.put(name, bytes("x")), name);
            assertThrows(IllegalArgumentException.class, () -> backend.read(name, 0, bytes("x")), name);
            assertThrows(IllegalArgumentException.class, () -> backend.delete(name), name);
        }
    }

    @Test
    void exactlyOneOfManyRacingWritersWins() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            for (int round = 0; round < 10; round++) {
                String name = "race/" + round;
                List<Callable<Integer>> writers = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    String content = "writer " + i;
                    writers.add(() -> wins(name, content) ? 1 : 0);
                }
                int winners = 0;
                for (Future<Integer> writer : threads.invokeAll(writers)) {
                    winners += writer.get();
                }
                assertEquals(1, winners);
                assertEquals(8, backend.size(name));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private boolean wins(String name, String content) throws IOException {
        try {
            backend.put(name, bytes(content));
            return true;
        } catch (AlreadyExistsException | BackendException e) {
            return false;
        }
    }

    @Test
    void aLargeObjectComesBackWhole() throws IOException {
        byte[] large = new byte[3_000_000];
        new Random(1).nextBytes(large);
        try (ObjectWriter writer = backend.create()) {
            for (int at = 0; at < large.length; at += 1_000_000) {
                writer.write(ByteBuffer.wrap(large, at, 1_000_000));
            }
            writer.commit("large");
        }
        ByteBuffer target = ByteBuffer.allocate(large.length);
        assertEquals(large.length, backend.read("large", 0, target));
        assertArrayEquals(large, target.array());
    }

    private Map<String, Long> listing(String prefix) throws IOException {
        Map<String, Long> names = new TreeMap<>();
        backend.list(prefix, object -> names.put(object.name(), object.sizeBytes()));
        return names;
    }

    private String read(String name, long offset, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        int count = backend.read(name, offset, target);
        assertEquals(count, target.position());
        return new String(target.array(), 0, count, StandardCharsets.US_ASCII);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
