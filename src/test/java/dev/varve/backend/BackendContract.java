package dev.varve.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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
    private static final int RACERS = 8;

    private Backend backend;

    /** An empty backend. */
    protected abstract Backend newBackend() throws IOException;

    /** Whether a server of this kind shows such names by its own mistake. */
    protected boolean isTheServersOwn(String name) {
        return false;
    }

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
        try (ObjectWriter writer = backend.create(PackKind.DATA)) {
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
        try (ObjectWriter writer = backend.create(PackKind.DATA)) {
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
        try (ObjectWriter writer = backend.create(PackKind.DATA)) {
            writer.write(bytes("ab"));
        }
        assertTrue(listing("").isEmpty());
    }

    @Test
    void aWriterMayNotBeUsedAfterItsCommit() throws IOException {
        try (ObjectWriter writer = backend.create(PackKind.DATA)) {
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
        ExecutorService threads = Executors.newFixedThreadPool(RACERS);
        try {
            for (int round = 0; round < 10; round++) {
                String name = "race/" + round;
                // Half of them put, half of them write and commit.
                List<Callable<Boolean>> writers = new ArrayList<>();
                for (int i = 0; i < RACERS; i++) {
                    String content = "writer " + i;
                    boolean inPieces = i % 2 == 1;
                    writers.add(() -> wins(name, content, inPieces));
                }
                List<String> winners = new ArrayList<>();
                List<Future<Boolean>> outcomes = threads.invokeAll(writers);
                for (int i = 0; i < RACERS; i++) {
                    if (outcomes.get(i).get()) {
                        winners.add("writer " + i);
                    }
                }
                assertEquals(List.of(read(name, 0, 100)), winners);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** A backend may say that someone else is at it, if it says that to all but one. */
    private boolean wins(String name, String content, boolean inPieces) throws IOException {
        try {
            if (inPieces) {
                try (ObjectWriter writer = backend.create(PackKind.DATA)) {
                    writer.write(bytes(content));
                    writer.commit(name);
                }
            } else {
                backend.put(name, bytes(content));
            }
            return true;
        } catch (AlreadyExistsException e) {
            return false;
        } catch (BackendException e) {
            assertTrue(e.retryable(), e.getMessage());
            return false;
        }
    }

    @Test
    void aListingBesideWritersShowsEachFinishedObjectOnceAndWhole() throws Exception {
        int before = 20;
        for (int i = 0; i < before; i++) {
            backend.put("packs/" + i % 4 + "/before" + i, bytes("0123456789"));
        }
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> writers = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                String mine = "-" + t;
                writers.add(threads.submit(() -> {
                    for (int i = 0; i < 20; i++) {
                        String name = "packs/" + i % 4 + "/beside" + i + mine;
                        try (ObjectWriter writer = backend.create(PackKind.DATA)) {
                            writer.write(bytes("01234"));
                            writer.write(bytes("56789"));
                            writer.commit(name);
                        }
                        if (i % 2 == 0) {
                            backend.delete(name);
                        }
                    }
                    return null;
                }));
            }
            boolean done;
            do {
                done = writers.stream().allMatch(Future::isDone);
                List<StoredObject> seen = new ArrayList<>();
                backend.list("packs/", seen::add);
                seen.removeIf(object -> isTheServersOwn(object.name()));
                Set<String> names = new HashSet<>();
                for (StoredObject object : seen) {
                    assertEquals(10, object.sizeBytes(), object.name());
                    assertTrue(names.add(object.name()), object.name());
                }
                assertEquals(
                        before,
                        names.stream().filter(name -> name.contains("/before")).count());
            } while (!done);
            for (Future<?> writer : writers) {
                writer.get();
            }
            assertEquals(before + 20, listing("packs/").size());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void namesMayNestDeeply() throws IOException {
        backend.put("a/b/c/d/e-1.x_y", bytes("deep"));
        backend.put("a/b/c2", bytes("flat"));
        assertEquals("deep", read("a/b/c/d/e-1.x_y", 0, 10));
        assertEquals(
                List.of("a/b/c/d/e-1.x_y", "a/b/c2"),
                List.copyOf(listing("a/b/c").keySet()));
        assertEquals(List.of("a/b/c/d/e-1.x_y"), List.copyOf(listing("a/b/c/").keySet()));
        assertThrows(NotFoundException.class, () -> backend.size("a/b"));
        backend.delete("a/b"); // no object, so nothing to delete
        backend.delete("x/y/z");
        assertEquals(2, listing("").size());
    }

    @Test
    void readingHereAndThereByManyThreadsGivesWhatWasWritten() throws Exception {
        byte[] content = new byte[20_000_000];
        new Random(2).nextBytes(content);
        try (ObjectWriter writer = backend.create(PackKind.DATA)) {
            Random pieces = new Random(3);
            for (int at = 0; at < content.length; ) {
                int length = Math.min(1 + pieces.nextInt(400_000), content.length - at);
                ByteBuffer piece = ByteBuffer.wrap(content, at, length);
                writer.write(piece);
                assertEquals(0, piece.remaining());
                at += length;
                assertEquals(at, writer.position());
            }
            writer.commit("packs/20/20mb");
        }
        assertEquals(content.length, backend.size("packs/20/20mb"));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> readers = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                Random random = new Random(t);
                readers.add(() -> {
                    for (int i = 0; i < 25; i++) {
                        int offset = random.nextInt(content.length);
                        ByteBuffer target = ByteBuffer.allocate(1 + random.nextInt(300_000));
                        int expected = Math.min(target.capacity(), content.length - offset);
                        assertEquals(expected, backend.read("packs/20/20mb", offset, target));
                        assertEquals(ByteBuffer.wrap(content, offset, expected), target.flip());
                    }
                    return null;
                });
            }
            for (Future<Void> reader : threads.invokeAll(readers)) {
                reader.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void severalObjectsMayBeInTheMakingAtOnce() throws IOException {
        try (ObjectWriter one = backend.create(PackKind.DATA);
                ObjectWriter other = backend.create(PackKind.DATA)) {
            one.write(bytes("1"));
            other.write(bytes("2"));
            one.write(bytes("one"));
            other.commit("other");
            one.commit("one");
        }
        assertEquals("1one", read("one", 0, 10));
        assertEquals("2", read("other", 0, 10));
    }

    @Test
    void aLargeObjectComesBackWhole() throws IOException {
        byte[] large = new byte[3_000_000];
        new Random(1).nextBytes(large);
        try (ObjectWriter writer = backend.create(PackKind.DATA)) {
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
