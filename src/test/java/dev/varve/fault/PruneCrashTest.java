package dev.varve.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.Backend;
import dev.varve.backend.memory.MemoryBackend;
import dev.varve.crypto.KeyDerivation;
import dev.varve.model.NoSpaceException;
import dev.varve.model.VarveException;
import dev.varve.repository.Repository;
import dev.varve.retention.Forgetting;
import dev.varve.retention.PruneOptions;
import dev.varve.retention.PruneReport;
import dev.varve.retention.Pruning;
import dev.varve.snapshot.Manifest;
import dev.varve.testing.FakeClock;
import dev.varve.testing.FaultyBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The power goes, or an operation fails, at every single operation of forgetting and pruning a small repository of ext4 volumes. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PruneCrashTest {
    private static final KeyDerivation QUICK = new KeyDerivation(64, 1, 1);
    private static final Duration GRACE = Duration.ofHours(24);

    @TempDir
    Path temp;

    private final MemoryBackend base = new MemoryBackend();
    private final FakeClock clock = new FakeClock(Instant.parse("2030-01-01T00:00:00Z"));
    private Path baseIndex;
    private List<String> expected;

    /** Two snapshots, the first of which is to go, and what a killed backup left. */
    @BeforeEach
    void makeRepository() throws IOException {
        Path first = FaultVolume.make(temp, "first", 384, 1);
        Path other = FaultVolume.make(temp, "other", 96, 3);
        Path second = FaultVolume.later(other, "second", 96, 2);
        baseIndex = temp.resolve("base.index");
        Repository.create(base, baseIndex, null, QUICK).close();
        try (Repository repository = open(base, baseIndex)) {
            Backups.run(repository, "host", first, 1);
            Backups.run(repository, "host", other, 1);
            expected = Backups.listing(
                    repository, Backups.run(repository, "host", second, 1).manifest());
        }
    }

    private static Repository open(Backend backend, Path index) throws IOException {
        return Repository.open(backend, index, null, Backups.OPTIONS);
    }

    @FunctionalInterface
    private interface Fault {
        void arm(FaultyBackend backend);
    }

    /** Forgets all but the last snapshot, prunes, lets the grace period pass and prunes again. */
    private void work(Repository repository, Duration grace) throws IOException {
        Forgetting forgetting = new Forgetting(repository);
        List<Manifest> snapshots = Backups.snapshots(repository);
        for (Manifest manifest : snapshots.subList(0, snapshots.size() - 1)) {
            repository.labels().addTag(manifest.objectName(), "old");
            forgetting.forget(manifest);
        }
        prune(repository, grace);
        clock.advance(GRACE);
        prune(repository, grace);
    }

    private PruneReport prune(Repository repository, Duration grace) throws IOException {
        return new Pruning(repository, new PruneOptions(grace, 1 << 30, false), clock, manifest -> {}).run();
    }

    private boolean run(String what, Fault fault, Duration grace) throws IOException {
        MemoryBackend objects = new MemoryBackend();
        Backups.copy(base, objects);
        FaultyBackend faulty = new FaultyBackend(objects);
        Path index = temp.resolve(what.replace(' ', '-') + ".index");
        Backups.copy(baseIndex, index);
        boolean done = false;
        try (Repository repository = open(faulty, index)) {
            fault.arm(faulty);
            work(repository, grace);
            done = true;
        } catch (VarveException e) {
            assertTrue(e.getMessage().contains("injected"), what + ": " + e);
        }
        faulty.heal();
        assertGoesOn(what, objects, index);
        Backups.delete(index);
        return done;
    }

    private void assertGoesOn(String what, MemoryBackend objects, Path index) throws IOException {
        try (Repository repository = open(objects, index)) {
            List<Manifest> snapshots = Backups.snapshots(repository);
            assertEquals(expected, Backups.listing(repository, snapshots.get(snapshots.size() - 1)), what);
            Backups.assertSound(repository);
            work(repository, Duration.ZERO);
            assertEquals(1, Backups.snapshots(repository).size(), what);
            assertEquals(0, prune(repository, Duration.ZERO).deletedPacks(), what);
        }
        try (Repository fresh = open(objects, temp.resolve("fresh.index"))) {
            assertEquals(
                    expected, Backups.listing(fresh, Backups.snapshots(fresh).get(0)), what);
            Backups.assertSound(fresh);
            for (String prefix : List.of("labels/", "marks/", "keeps/")) {
                objects.list(prefix, object -> {
                    throw new AssertionError(what + ": " + object.name() + " is left");
                });
            }
        }
        Backups.delete(temp.resolve("fresh.index"));
    }

    @Test
    void aPowerCutBeforeAnyOperationLosesNothingAndTheNextPruneGoesOn() throws IOException {
        boolean done = false;
        for (int operation = 0; !done; operation++) {
            int at = operation;
            done = run("crash " + at, backend -> backend.crashAfterOperations(at), at % 2 == 0 ? GRACE : Duration.ZERO);
            assertTrue(operation < 3000, "it never ends");
        }
    }

    @Test
    void anyOperationMayFailAndTheNextPruneGoesOn() throws IOException {
        boolean done = false;
        for (int operation = 0; !done; operation += 3) {
            int at = operation;
            done = run("fail " + at, backend -> backend.failAfterOperations(at), at % 2 == 0 ? GRACE : Duration.ZERO);
        }
    }

    @Test
    void withoutRoomToWriteAnewTheRestIsPruned() throws IOException {
        MemoryBackend objects = new MemoryBackend();
        Backups.copy(base, objects);
        FaultyBackend faulty = new FaultyBackend(objects);
        try (Repository repository = open(faulty, baseIndex)) {
            new Forgetting(repository).forget(Backups.snapshots(repository).get(0));
            new Forgetting(repository).forget(Backups.snapshots(repository).get(0));
            faulty.fullAfterBytes(20_000);
            PruneReport report = prune(repository, Duration.ZERO);
            assertTrue(report.deletedPacks() > 3, report.toString());
            faulty.heal();
            assertEquals(
                    expected,
                    Backups.listing(repository, Backups.snapshots(repository).get(0)));
            Backups.assertSound(repository);
        } catch (NoSpaceException e) {
            throw new AssertionError(e);
        }
    }
}
