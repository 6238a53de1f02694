package dev.varve.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.codec.DecodedFrame;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.PackId;
import dev.varve.testing.FakeClock;
import dev.varve.testing.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ReadCacheTest {
    private static final long LARGE = 1L << 30;
    private static final PackId PACK = ColdFrames.pack(1);

    @TempDir
    Path temp;

    private final RepositoryKeys keys = Keys.encrypted();
    private final ColdFrames frames = new ColdFrames(keys);
    private final FakeClock clock = new FakeClock(Instant.now());

    private Path directory() {
        return temp.resolve("parent").resolve("cache");
    }

    private ReadCache open(long size) {
        return ReadCache.open(directory(), size, keys, clock, Runnable::run);
    }

    private static void assertNoProblems(ReadCache cache) {
        assertEquals(List.of(), cache.problems());
    }

    @Test
    void whatWasStoredIsThereAfterReopeningAndIsPrivate() throws IOException {
        DecodedFrame frame = frames.frame(1);
        DecodedFrame other = frames.frame(2);
        assertTrue(ColdFrames.parts(frame) > 3);
        try (ReadCache cache = open(LARGE)) {
            assertNull(cache.get(PACK, 32, 0));
            cache.put(PACK, 32, frame);
            cache.put(PACK, 40_000_000, other);
            assertEquals(ColdFrames.parts(frame), frames.partsHeld(cache, PACK, 32, frame));
        }
        try (ReadCache cache = ReadCache.open(directory(), LARGE, keys)) {
            assertEquals(ColdFrames.parts(frame), frames.partsHeld(cache, PACK, 32, frame));
            assertEquals(ColdFrames.parts(other), frames.partsHeld(cache, PACK, 40_000_000, other));
            assertNull(cache.get(PACK, 33, 0));
            assertNull(cache.get(ColdFrames.pack(2), 32, 0));
            assertNull(cache.get(PACK, 32, frame.partLimit()));
            assertNoProblems(cache);
        }
        try (var all = Files.walk(directory())) {
            for (Path path : all.toList()) {
                String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
                assertEquals(Files.isDirectory(path) ? "rwx------" : "rw-------", mode, path.toString());
            }
        }
        assertEquals(2, ColdFrames.files(directory()).size());
    }

    @Test
    void anUnencryptedRepositoryHasItToo() throws IOException {
        RepositoryKeys plain = Keys.unencrypted();
        ColdFrames plainFrames = new ColdFrames(plain);
        DecodedFrame frame = plainFrames.frame(1);
        try (ReadCache cache = ReadCache.open(directory(), LARGE, plain)) {
            cache.put(PACK, 32, frame);
            assertEquals(ColdFrames.parts(frame), plainFrames.partsHeld(cache, PACK, 32, frame));
        }
    }

    @Test
    void chunksThatReachOverWindowsAndOneThatIsTheWholeFrameComeBack() throws IOException {
        int window = ColdFrames.WINDOW;
        List<DecodedFrame> shapes = List.of(
                frames.noise(1, window - 1, 1, 1, 3 * window, 7),
                frames.noise(2, 4 << 20),
                frames.noise(3, 1),
                frames.noise(4, 5, 8 << 19, 9));
        try (ReadCache cache = open(LARGE)) {
            for (int i = 0; i < shapes.size(); i++) {
                DecodedFrame shape = shapes.get(i);
                cache.put(PACK, i, shape);
                assertEquals(ColdFrames.parts(shape), frames.partsHeld(cache, PACK, i, shape), "shape " + i);
                for (int number = -1; number < shape.partLimit() + 2; number++) {
                    assertEquals(number < 0 || shape.part(number) == null, cache.get(PACK, i, number) == null);
                }
            }
            assertNoProblems(cache);
        }
    }

    @Test
    void aPartIsNotTakenForAFrame() throws IOException {
        DecodedFrame part = frames.frame(1).part(2);
        try (ReadCache cache = open(LARGE)) {
            assertThrows(IllegalArgumentException.class, () -> cache.put(PACK, 32, part));
        }
    }

    @Test
    void aSmallReadReadsLittle() throws IOException {
        DecodedFrame frame = frames.noise(1, 100_000, 100_000, 100_000, 100_000, 100_000, 100_000);
        try (ReadCache cache = open(LARGE)) {
            cache.put(PACK, 32, frame);
            assertTrue(cache.get(PACK, 32, 1).sizeBytes() < 310_000);
        }
    }

    @Test
    void sizeZeroIsOffAndTouchesNothing() throws IOException {
        DecodedFrame frame = frames.frame(1);
        try (ReadCache cache = open(0)) {
            cache.put(PACK, 32, frame);
            assertNull(cache.get(PACK, 32, 0));
            assertNoProblems(cache);
        }
        assertFalse(Files.exists(directory().getParent()));
        assertThrows(IllegalArgumentException.class, () -> open(-1));
    }

    @Test
    void aClosedCacheHasNothingAndStoresNothing() throws IOException {
        ReadCache cache = ReadCache.open(directory(), LARGE, keys);
        DecodedFrame frame = frames.frame(1);
        cache.put(PACK, 32, frame);
        cache.close();
        assertNull(cache.get(PACK, 32, 0));
        cache.put(PACK, 64, frame);
        assertEquals(1, ColdFrames.files(directory()).size());
    }

    @Test
    void theLeastRecentlyUsedGoFirstAndTheSizeIsKept() throws IOException {
        DecodedFrame frame = frames.noise(1, 100_000);
        long one = storedBytes(frame);
        long size = 40 * one;
        try (ReadCache cache = open(size)) {
            for (int i = 0; i < 36; i++) {
                cache.put(ColdFrames.pack(i), 32, frame);
                usedAt(i, Duration.ofHours(36 - i));
            }
            assertEquals(36, ColdFrames.files(directory()).size());
            assertTrue(frames.holds(cache, ColdFrames.pack(0), 32, frame, 0)); // renews its time
            for (int i = 36; i < 100; i++) {
                cache.put(ColdFrames.pack(i), 32, frame);
                assertTrue(ColdFrames.bytes(directory()) <= size);
                usedAt(i, Duration.ofHours(1).minusSeconds(i));
                if (i == 39) {
                    assertEquals(1, frames.partsHeld(cache, ColdFrames.pack(0), 32, frame), "was used");
                    assertEquals(0, frames.partsHeld(cache, ColdFrames.pack(1), 32, frame), "was used least recently");
                    assertEquals(1, frames.partsHeld(cache, ColdFrames.pack(39), 32, frame));
                }
            }
            assertTrue(ColdFrames.bytes(directory()) >= size * 9 / 10);
            assertEquals(1, frames.partsHeld(cache, ColdFrames.pack(0), 32, frame));
            for (int i = 70; i < 100; i++) {
                assertEquals(1, frames.partsHeld(cache, ColdFrames.pack(i), 32, frame), "frame " + i);
            }
            assertNoProblems(cache);
            assertEquals(ColdFrames.bytes(directory()), new Usage(directory()).used());
        }
    }

    private long storedBytes(DecodedFrame frame) {
        long bytes = 0;
        for (var piece : new EntryCodec(keys).seal(new EntryName(PACK, 32), frame)) {
            bytes += piece.remaining();
        }
        return bytes;
    }

    private void usedAt(int pack, Duration ago) throws IOException {
        Path file = ColdFrames.file(directory(), ColdFrames.pack(pack), 32);
        if (Files.exists(file)) {
            Files.setLastModifiedTime(file, FileTime.from(clock.instant().minus(ago)));
        }
    }

    @Test
    void useIsNotedOnceInTenMinutes() throws IOException {
        DecodedFrame frame = frames.frame(1);
        Path file = ColdFrames.file(directory(), PACK, 32);
        try (ReadCache cache = open(LARGE)) {
            cache.put(PACK, 32, frame);
            Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
            FileTime stored = Files.getLastModifiedTime(file);
            clock.advance(ReadCache.TOUCH_AFTER.minusSeconds(1));
            frames.partsHeld(cache, PACK, 32, frame);
            assertEquals(stored, Files.getLastModifiedTime(file));
            clock.advance(Duration.ofSeconds(2));
            frames.partsHeld(cache, PACK, 32, frame);
            FileTime used = Files.getLastModifiedTime(file);
            assertTrue(Duration.between(stored.toInstant(), used.toInstant()).toMinutes() >= 9);
            clock.advance(Duration.ofMinutes(2));
            frames.partsHeld(cache, PACK, 32, frame);
            assertEquals(used, Files.getLastModifiedTime(file));
        }
    }

    @Test
    void aFrameThatFindsNoRoomIsStoredOnceThereIsSome() throws IOException {
        DecodedFrame frame = frames.noise(1, 100_000);
        Queue<Runnable> later = new ArrayDeque<>();
        long size = storedBytes(frame) * 5 / 2;
        try (ReadCache cache = ReadCache.open(directory(), size, keys, clock, later::add)) {
            for (int i = 0; i < 4; i++) {
                cache.put(ColdFrames.pack(i), 32, frame);
            }
            assertEquals(2, ColdFrames.files(directory()).size());
            assertEquals(1, later.size(), "one request is enough");
            later.remove().run();
            assertEquals(1, ColdFrames.files(directory()).size());
            cache.put(ColdFrames.pack(3), 32, frame);
            assertEquals(1, frames.partsHeld(cache, ColdFrames.pack(3), 32, frame));
            cache.put(ColdFrames.pack(4), 32, frames.noise(2, 300_000));
            assertEquals(2, ColdFrames.files(directory()).size(), "what is larger than the cache needs no room");
            assertEquals(0, later.size());
            assertNoProblems(cache);
        }
    }

    @Test
    void aSmallerSizeHoldsFromTheFirstStoreOn() throws IOException {
        DecodedFrame frame = frames.noise(1, 100_000);
        try (ReadCache cache = open(LARGE)) {
            for (int i = 0; i < 20; i++) {
                cache.put(ColdFrames.pack(i), 32, frame);
            }
        }
        long size = 5 * storedBytes(frame);
        try (ReadCache cache = open(size)) {
            cache.put(ColdFrames.pack(20), 32, frame);
            assertTrue(ColdFrames.bytes(directory()) <= size);
        }
    }

    @Test
    void aWrongOrLostCountIsPutRight() throws IOException {
        DecodedFrame frame = frames.frame(1);
        Path usage = directory().resolve("usage");
        try (ReadCache cache = open(LARGE)) {
            cache.put(PACK, 32, frame);
        }
        byte[] good = Files.readAllBytes(usage);
        byte[] flipped = good.clone();
        flipped[3] ^= 1;
        for (byte[] bad : new byte[][] {{}, flipped, {1, 2, 3}}) {
            Files.write(usage, bad);
            try (ReadCache cache = open(LARGE)) {
                cache.put(PACK, 64, frame);
                cache.put(PACK, 96, frame);
                assertEquals(3, ColdFrames.files(directory()).size());
                assertEquals(ColdFrames.bytes(directory()), new Usage(directory()).used());
                Files.delete(ColdFrames.file(directory(), PACK, 64));
                Files.delete(ColdFrames.file(directory(), PACK, 96));
                assertNoProblems(cache);
            }
        }
        try (ReadCache cache = open(LARGE)) {
            cache.put(PACK, 64, frame);
            Files.delete(usage);
            cache.put(PACK, 96, frame);
            cache.put(PACK, 128, frame);
            assertEquals(ColdFrames.bytes(directory()), new Usage(directory()).used());
        }
    }

    @Test
    void whatKilledProcessesLeftIsRemovedAndWhatOthersWriteIsNot() throws IOException {
        Path group = Files.createDirectories(directory().resolve("ab"));
        String name = "ab".repeat(16) + "-00000020.0123456789abcdef.tmp";
        Path old = Files.write(group.resolve(name), new byte[100]);
        Files.setLastModifiedTime(
                old,
                FileTime.from(clock.instant()
                        .minus(CacheDirectory.TEMPORARY_STALE_AFTER)
                        .minusSeconds(1)));
        Path young = Files.write(group.resolve(name.replace('0', '1')), new byte[100]);
        Files.setLastModifiedTime(young, FileTime.from(clock.instant()));
        Path foreign = Files.write(group.resolve("letter.txt"), new byte[100]);
        Path elsewhere = Files.write(directory().resolve("note"), new byte[1]);
        try (ReadCache cache = open(LARGE)) {
            cache.put(PACK, 32, frames.frame(1));
            assertNoProblems(cache);
        }
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(young) && Files.exists(foreign) && Files.exists(elsewhere));
        assertEquals(ColdFrames.bytes(directory()) - 100, new Usage(directory()).used());
    }

    @Test
    void twoProcessesShareWhatEitherStored() throws IOException {
        DecodedFrame frame = frames.noise(1, 100_000);
        long size = 40 * storedBytes(frame);
        try (ReadCache one = open(size);
                ReadCache two = open(size)) {
            one.put(PACK, 32, frame);
            assertEquals(1, frames.partsHeld(two, PACK, 32, frame));
            FileTime stored = Files.getLastModifiedTime(ColdFrames.file(directory(), PACK, 32));
            two.put(PACK, 32, frame);
            assertEquals(stored, Files.getLastModifiedTime(ColdFrames.file(directory(), PACK, 32)));
            for (int i = 0; i < 100; i++) {
                (i % 2 == 0 ? one : two).put(ColdFrames.pack(i), 64, frame);
                assertTrue(ColdFrames.bytes(directory()) <= size);
            }
            assertTrue(ColdFrames.bytes(directory()) >= size * 9 / 10);
            assertNoProblems(one);
            assertNoProblems(two);
        }
    }

    /** What one process knows of a file is void when another has removed and stored it anew. */
    @Test
    void aFileThatAnotherProcessStoredAnewIsReadAndStays() throws IOException {
        DecodedFrame frame = frames.frame(1);
        Path file = ColdFrames.file(directory(), PACK, 32);
        try (ReadCache one = open(LARGE);
                ReadCache two = open(LARGE)) {
            one.put(PACK, 32, frame);
            assertEquals(ColdFrames.parts(frame), frames.partsHeld(one, PACK, 32, frame));
            Files.delete(file);
            assertEquals(0, frames.partsHeld(one, PACK, 32, frame));
            two.put(PACK, 32, frame);
            assertEquals(ColdFrames.parts(frame), frames.partsHeld(one, PACK, 32, frame));
            Files.delete(file);
            two.put(PACK, 32, frame);
            assertEquals(ColdFrames.parts(frame), frames.partsHeld(one, PACK, 32, frame));
            assertNoProblems(one);
        }
    }

    @Test
    void manyThreadsOfTwoProcessesReadStoreAndMakeRoomAtOnce() throws Exception {
        List<DecodedFrame> pool = new ArrayList<>();
        long total = 0;
        for (int i = 0; i < 24; i++) {
            DecodedFrame frame = frames.noise(i, 90_000, 90_000, 90_000, 1 + i);
            pool.add(frame);
            total += storedBytes(frame);
        }
        long size = total / 2;
        ExecutorService threads = Executors.newFixedThreadPool(8);
        AtomicLong hits = new AtomicLong();
        try (ReadCache one = ReadCache.open(directory(), size, keys);
                ReadCache two = ReadCache.open(directory(), size, keys)) {
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int seed = t;
                ReadCache cache = t % 2 == 0 ? one : two;
                running.add(threads.submit(() -> {
                    Random random = new Random(seed);
                    for (int i = 0; i < 400; i++) {
                        int which = random.nextInt(pool.size());
                        DecodedFrame frame = pool.get(which);
                        if (frames.holds(cache, ColdFrames.pack(which), which, frame, random.nextInt(2))) {
                            hits.incrementAndGet();
                        } else {
                            cache.put(ColdFrames.pack(which), which, frame);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
            assertTrue(hits.get() > 100, "only " + hits + " hits");
            assertNoProblems(one);
            assertNoProblems(two);
        } finally {
            threads.shutdownNow();
        }
        assertTrue(ColdFrames.bytes(directory()) <= size);
        assertTrue(ColdFrames.files(directory()).stream()
                .noneMatch(file -> file.toString().endsWith(".tmp")));
    }
}
