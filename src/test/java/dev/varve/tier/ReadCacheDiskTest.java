package dev.varve.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.codec.DecodedFrame;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.PackId;
import dev.varve.posix.ProcessLock;
import dev.varve.testing.FakeClock;
import dev.varve.testing.Keys;
import dev.varve.testing.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are full, read-only, or gone: the cache says so and goes on without. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ReadCacheDiskTest {
    private static final long LARGE = 1L << 30;
    private static final PackId PACK = ColdFrames.pack(1);

    @TempDir
    Path temp;

    private final RepositoryKeys keys = Keys.encrypted();
    private final ColdFrames frames = new ColdFrames(keys);
    private final FakeClock clock = new FakeClock(Instant.now());

    private ReadCache open(Path directory) {
        return ReadCache.open(directory, LARGE, keys, clock, Runnable::run);
    }

    private static void assertOneProblem(ReadCache cache, Path directory, String... words) {
        List<String> problems = cache.problems();
        assertEquals(1, problems.size(), problems.toString());
        assertTrue(problems.get(0).startsWith("read cache " + directory + ": "), problems.get(0));
        for (String word : words) {
            assertTrue(problems.get(0).contains(word), problems.get(0));
        }
    }

    @Test
    @Tag("root")
    void aFullDiskLosesNothingThatIsThereAndIsUsedAgainLater() throws IOException {
        Path disk = Files.createDirectory(temp.resolve("disk"));
        Shell.sh(temp, "mount -t tmpfs -o size=1024k tmpfs " + disk);
        try {
            DecodedFrame frame = frames.noise(1, 300_000, 100_000);
            Path directory = disk.resolve("cache");
            try (ReadCache cache = open(directory)) {
                for (int i = 0; i < 5; i++) {
                    cache.put(PACK, i, frame);
                }
                assertOneProblem(cache, directory, "cannot store", "No space left on device");
                int stored = ColdFrames.files(directory).size();
                assertTrue(stored >= 1 && stored < 5, stored + " files");
                assertEquals(ColdFrames.bytes(directory), new Usage(directory).used());
                for (int i = 0; i < 5; i++) {
                    assertEquals(i < stored ? 2 : 0, frames.partsHeld(cache, PACK, i, frame));
                }
                Shell.sh(temp, "mount -o remount,size=4096k " + disk);
                cache.put(PACK, 5, frame);
                assertEquals(0, frames.partsHeld(cache, PACK, 5, frame), "it waits a minute");
                clock.advance(ReadCache.RETRY_AFTER);
                cache.put(PACK, 5, frame);
                assertEquals(2, frames.partsHeld(cache, PACK, 5, frame));
            }
        } finally {
            Shell.sh(temp, "umount -l " + disk);
        }
    }

    @Test
    @Tag("root")
    void aReadOnlyDiskGivesWhatItHas() throws IOException {
        Path disk = Files.createDirectory(temp.resolve("disk"));
        Shell.sh(temp, "mount -t tmpfs -o size=8192k tmpfs " + disk);
        try {
            DecodedFrame frame = frames.frame(1);
            Path directory = disk.resolve("cache");
            try (ReadCache cache = open(directory)) {
                cache.put(PACK, 32, frame);
            }
            Shell.sh(temp, "mount -o remount,ro " + disk);
            clock.advance(ReadCache.TOUCH_AFTER.multipliedBy(2));
            try (ReadCache cache = open(directory)) {
                assertEquals(ColdFrames.parts(frame), frames.partsHeld(cache, PACK, 32, frame));
                assertOneProblem(cache, directory, "cannot note the use", "Read-only file system");
                cache.put(PACK, 64, frame);
                assertEquals(2, cache.problems().size());
                assertTrue(
                        cache.problems().get(1).contains("cannot store"),
                        cache.problems().get(1));
            }
        } finally {
            Shell.sh(temp, "umount -l " + disk);
        }
    }

    @Test
    void aDirectoryThatCanNotBeMadeIsNotedAndNothingIsStored() throws IOException {
        Path file = Files.write(temp.resolve("file"), new byte[1]);
        Path directory = file.resolve("cache");
        try (ReadCache cache = open(directory)) {
            assertOneProblem(cache, directory, "cannot store");
            DecodedFrame frame = frames.frame(1);
            cache.put(PACK, 32, frame);
            clock.advance(ReadCache.RETRY_AFTER);
            cache.put(PACK, 32, frame);
            assertNull(cache.get(PACK, 32, 0));
        }
    }

    @Test
    void aDirectoryThatIsDeletedWhileOpenIsMadeAnew() throws IOException {
        Path directory = temp.resolve("cache");
        DecodedFrame frame = frames.frame(1);
        try (ReadCache cache = open(directory)) {
            cache.put(PACK, 32, frame);
            Shell.sh(temp, "rm -r " + directory);
            assertNull(cache.get(PACK, 32, 0));
            cache.put(PACK, 32, frame);
            assertEquals(ColdFrames.parts(frame), frames.partsHeld(cache, PACK, 32, frame));
            cache.put(PACK, 64, frame);
            assertEquals(ColdFrames.bytes(directory), new Usage(directory).used());
            assertEquals(List.of(), cache.problems());
        }
    }

    /** Its disk may have been taken away: nothing is written where it was mounted. */
    @Test
    void aDirectoryThatIsGoneWithItsParentIsNotMade() throws IOException {
        Path disk = temp.resolve("disk");
        Path directory = disk.resolve("cache");
        DecodedFrame frame = frames.frame(1);
        try (ReadCache cache = open(directory)) {
            cache.put(PACK, 32, frame);
            Shell.sh(temp, "mv disk away");
            cache.put(PACK, 64, frame);
            assertNull(cache.get(PACK, 32, 0));
            assertFalse(Files.exists(disk));
            assertOneProblem(cache, directory, "cannot store");
            Shell.sh(temp, "mv away disk");
            assertEquals(ColdFrames.parts(frame), frames.partsHeld(cache, PACK, 32, frame));
        }
    }

    @Test
    void aProcessThatDoesNotLetGoOfTheLockStopsNoRead() throws Exception {
        Path directory = temp.resolve("cache");
        DecodedFrame frame = frames.frame(1);
        ExecutorService other = Executors.newSingleThreadExecutor();
        try (ReadCache cache = open(directory)) {
            cache.put(PACK, 32, frame);
            ProcessLock lock = other.submit(() -> ProcessLock.acquire(directory.resolve("lock")))
                    .get();
            cache.put(PACK, 64, frame);
            assertOneProblem(cache, directory, "another process does not let go");
            assertEquals(0, frames.partsHeld(cache, PACK, 64, frame));
            assertEquals(ColdFrames.parts(frame), frames.partsHeld(cache, PACK, 32, frame));
            other.submit(() -> {
                        lock.close();
                        return null;
                    })
                    .get();
            clock.advance(ReadCache.RETRY_AFTER);
            cache.put(PACK, 64, frame);
            assertEquals(ColdFrames.parts(frame), frames.partsHeld(cache, PACK, 64, frame));
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void whileOneProcessMakesRoomTheOthersGoOn() throws Exception {
        Path directory = temp.resolve("cache");
        DecodedFrame frame = frames.frame(1);
        ExecutorService other = Executors.newSingleThreadExecutor();
        try (ReadCache cache = open(directory)) {
            ProcessLock lock = other.submit(() -> ProcessLock.acquire(directory.resolve("evicting")))
                    .get();
            cache.put(PACK, 32, frame);
            assertEquals(ColdFrames.parts(frame), frames.partsHeld(cache, PACK, 32, frame));
            assertEquals(List.of(), cache.problems());
            other.submit(() -> {
                        lock.close();
                        return null;
                    })
                    .get();
        } finally {
            other.shutdownNow();
        }
    }
}
