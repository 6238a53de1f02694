package dev.varve.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.repository.Repository;
import dev.varve.snapshot.Manifest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kill −9 at any moment of a backup leaves the repository as it was, plus garbage. */
class KillTest {
    private static final int RUNS = 56;
    private static final int AT_ONCE = 2;
    private static final int KIBIBYTES = 2048;

    /** A backup that has begun to write is killed within this. */
    private static final int WRITING_MILLIS = 60;

    @TempDir
    Path temp;

    private Path base;
    private Path firstDay;
    private Path secondDay;
    private List<String> firstListing;
    private List<String> secondListing;
    private final AtomicInteger published = new AtomicInteger();
    private final AtomicInteger leftBehind = new AtomicInteger();

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void killedBackupsLeaveARepositoryThatIsGoodAndGoesOn() throws Exception {
        long seed = Long.getLong("varve.test.seed", System.nanoTime());
        prepare();
        long typicalNanos = wholeRun("first");
        ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<?>> runs = new ArrayList<>();
            for (int run = 0; run < RUNS; run++) {
                long runSeed = seed + run;
                runs.add(pool.submit(() -> {
                    try {
                        killOnce(runSeed, typicalNanos);
                    } catch (Throwable e) {
                        throw new AssertionError("seed " + runSeed + " of varve.test.seed " + seed, e);
                    }
                    return null;
                }));
            }
            for (Future<?> run : runs) {
                run.get();
            }
        } finally {
            pool.shutdownNow();
        }
        assertTrue(published.get() < RUNS, "no run was killed before its end");
        assertTrue(leftBehind.get() > 0, "no run was killed while it wrote");
    }

    private void prepare() throws IOException {
        firstDay = FaultVolume.make(temp, "first", KIBIBYTES, 1);
        secondDay = FaultVolume.later(firstDay, "second", KIBIBYTES, 2);
        base = temp.resolve("base");
        Repository.create(base, null).close();
        try (Repository repository = Repository.open(base, null, Backups.OPTIONS)) {
            firstListing = Backups.listing(
                    repository, Backups.run(repository, "host", firstDay, 2).manifest());
        }
        Path reference = temp.resolve("reference");
        try (Repository repository = Repository.create(reference, null)) {
            secondListing = Backups.listing(
                    repository, Backups.run(repository, "host", secondDay, 2).manifest());
        }
    }

    /** Lets a backup run to its end. @return how long it worked */
    private long wholeRun(String name) throws Exception {
        Path repository = temp.resolve(name + ".repo");
        Backups.copy(base, repository);
        Process process = BackupProcess.start(repository, "host", secondDay);
        awaitBegin(process);
        long start = System.nanoTime();
        assertEquals(0, process.waitFor());
        long worked = System.nanoTime() - start;
        assertGood(repository, 2);
        Backups.delete(repository);
        return worked;
    }

    private static void awaitBegin(Process process) throws IOException {
        BufferedReader out = process.inputReader();
        assertEquals("begin", out.readLine());
    }

    /**
     * Waits until the process writes, or has ended, and then a random moment more. A quick machine writes for so small a part of a
     * run that times drawn from the whole of it may all miss that part, which is the one that matters most.
     */
    private static void awaitWriting(Process process, Path repository, Random random) throws Exception {
        while (process.isAlive() && !isWriting(repository)) {
            Thread.sleep(1);
        }
        process.waitFor(random.nextInt(1 + random.nextInt(WRITING_MILLIS)), TimeUnit.MILLISECONDS);
    }

    /** By names alone: what a running backup has in tmp may be gone at the next look. */
    private static boolean isWriting(Path repository) {
        String[] names = repository.resolve("tmp").toFile().list();
        return names != null && names.length > 0;
    }

    private void killOnce(long seed, long typicalNanos) throws Exception {
        Random random = new Random(seed);
        Path repository = temp.resolve("killed-" + seed);
        Backups.copy(base, repository);
        Process process = BackupProcess.start(repository, "host", secondDay);
        try {
            if (random.nextInt(10) > 0) {
                awaitBegin(process);
            }
            if (random.nextInt(3) == 0) {
                awaitWriting(process, repository, random);
            } else {
                process.waitFor((long) (random.nextDouble() * AT_ONCE * typicalNanos), TimeUnit.NANOSECONDS);
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        int snapshots = assertGood(repository, 1);
        if (!Backups.files(repository.resolve("tmp")).isEmpty()) {
            leftBehind.incrementAndGet();
        }
        try (Repository opened = Repository.open(repository, null, Backups.OPTIONS)) {
            Manifest next = Backups.run(opened, "host", secondDay, 1).manifest();
            assertEquals(secondListing, Backups.listing(opened, next));
        }
        assertGood(repository, snapshots + 1);
        assertEquals(List.of(), Backups.files(repository.resolve("tmp")), "what the killed process left was not swept");
        published.addAndGet(snapshots - 1);
        Backups.delete(repository);
    }

    /** The first snapshot is the first day, all others the second. @return how many there are */
    private int assertGood(Path repository, int atLeast) throws IOException {
        try (Repository opened = Repository.open(repository, null, Backups.OPTIONS)) {
            Backups.assertSound(opened);
            List<Manifest> snapshots = Backups.snapshots(opened);
            assertTrue(snapshots.size() >= atLeast, snapshots.size() + " snapshots");
            for (int i = 0; i < snapshots.size(); i++) {
                assertEquals(i == 0 ? firstListing : secondListing, Backups.listing(opened, snapshots.get(i)));
            }
            return snapshots.size();
        }
    }
}
