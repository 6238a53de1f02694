package dev.varve.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.Backend;
import dev.varve.backend.Patience;
import dev.varve.backend.memory.MemoryBackend;
import dev.varve.check.RepositoryCheck;
import dev.varve.crypto.KeyDerivation;
import dev.varve.model.BackendException;
import dev.varve.model.RefusedException;
import dev.varve.repository.PackAccess;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryOptions;
import dev.varve.repository.TierOpener;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.testing.FakeClock;
import dev.varve.testing.FaultyBackend;
import dev.varve.testing.ForwardingBackends;
import dev.varve.tiering.ApplyOptions;
import dev.varve.tiering.CopyOptions;
import dev.varve.tiering.TierApply;
import dev.varve.tiering.TierRemoval;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cold tiers: what is copied, what leaves the hot tier, and what can be read when something is lost or away. */
final class TieringTest {
    private static final Duration MONTH = Duration.ofDays(30);
    private static final PruneOptions AT_ONCE = new PruneOptions(Duration.ZERO, Long.MAX_VALUE, false);
    private static final CopyOptions ALL = new CopyOptions(Long.MAX_VALUE, null, false);
    private static final RepositoryCheck.Progress SILENT = new RepositoryCheck.Progress() {
        @Override
        public void packs(int done, int inAll) {}

        @Override
        public void snapshot(Manifest manifest) {}
    };

    @TempDir
    Path temp;

    private final MemoryBackend hot = new MemoryBackend();
    private final MemoryBackend cold = new MemoryBackend();
    private final FaultyBackend coldFaults = new FaultyBackend(cold);
    private boolean away;
    private final FakeClock clock = new FakeClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final RepositoryOptions options = new RepositoryOptions(1 << 20, 1, 8 << 10, 64).with(new TierOpener() {
        @Override
        public Backend open(String address, Patience patience) throws IOException {
            if (away) {
                throw new BackendException(address + ": connection refused", true, true, null);
            }
            return ForwardingBackends.unclosed(coldFaults);
        }

        @Override
        public Backend create(String address) throws IOException {
            return open(address, Patience.PATIENT);
        }
    });
    private Repository repository;

    @BeforeEach
    void make() throws IOException {
        Repository.create(hot, temp.resolve("made"), null, new KeyDerivation(64, 1, 1))
                .close();
        repository = open("index");
        repository.tierChanges().add("vault", "vault", 1 << 20, clock.instant());
    }

    @AfterEach
    void close() throws IOException {
        repository.close();
    }

    private Repository open(String index) throws IOException {
        return Repository.open(hot, temp.resolve(index), null, options);
    }

    private ModelWriter.Published backup(int from, int end) throws IOException {
        try (ModelWriter writer = new ModelWriter("web", repository, clock)) {
            writer.write(IntStream.range(from, end).boxed().toList());
            return writer.publish(() -> {});
        }
    }

    private TierApply.Report apply(CopyOptions copy, PruneOptions prune) throws IOException {
        return new TierApply(repository, new ApplyOptions(MONTH, Duration.ZERO, copy, prune), clock, doing -> {})
                .run(repository.tiers());
    }

    private void applied() throws IOException {
        TierApply.Report report = apply(ALL, AT_ONCE);
        assertEquals(List.of(), report.problems());
        report.copies().forEach(copy -> assertEquals(List.of(), copy.problems()));
        assertEquals(List.of(), report.hot().problems());
    }

    private static List<String> objects(MemoryBackend backend, String prefix) {
        List<String> names = new ArrayList<>();
        backend.list(prefix, object -> names.add(object.name()));
        return names;
    }

    private void assertReads(ModelWriter.Published... snapshots) throws IOException {
        for (ModelWriter.Published snapshot : snapshots) {
            ModelWriter.assertReads(repository.chunks(), snapshot, "as it was");
        }
        try (Repository fresh = open("fresh" + new Random().nextInt(1 << 30))) {
            for (ModelWriter.Published snapshot : snapshots) {
                ModelWriter.assertReads(fresh.chunks(), snapshot, "fresh");
            }
        }
    }

    @Test
    void oldDataLeavesTheHotTierAndEverythingReads() throws IOException {
        ModelWriter.Published old = backup(0, 60);
        clock.advance(Duration.ofDays(60));
        ModelWriter.Published young = backup(100, 140);
        int before = objects(hot, "packs/").size();
        applied();
        assertTrue(objects(hot, "packs/").size() < before, "something left");
        assertReads(old, young);
        away = true;
        try (Repository alone = open("alone")) {
            ModelWriter.assertReads(alone.chunks(), young, "young data is hot");
            assertThrows(BackendException.class, () -> ModelWriter.assertReads(alone.chunks(), old, "cold"));
        }
    }

    @Test
    void theColdTierAloneGivesEverythingAndIsOnlyRead() throws IOException {
        ModelWriter.Published old = backup(0, 60);
        clock.advance(Duration.ofDays(60));
        ModelWriter.Published young = backup(40, 140);
        applied();
        try (Repository alone = Repository.open(cold, temp.resolve("cold-alone"), null, options)) {
            assertEquals(2, new SnapshotCatalog(alone.manifests()).snapshots().size());
            ModelWriter.assertReads(alone.chunks(), old, "cold alone");
            ModelWriter.assertReads(alone.chunks(), young, "cold alone");
            RefusedException refused =
                    assertThrows(RefusedException.class, () -> new Forgetting(alone).forget(old.manifest()));
            assertTrue(refused.getMessage().contains("is the cold tier of a repository"), refused.getMessage());
            assertTrue(
                    new RepositoryCheck(alone, new Random(1)).run(100, SILENT).isSound());
        }
    }

    @Test
    void whatLiesInTheColdTierIsNotStoredAgain() throws IOException {
        backup(0, 60);
        clock.advance(Duration.ofDays(60));
        applied();
        long packs = objects(hot, "packs/").size();
        try (ModelWriter writer = ModelWriter.countingOnTiers("web", repository, clock)) {
            writer.write(IntStream.range(0, 60).boxed().toList());
            assertEquals(0, writer.newDataChunks(60));
            writer.publish(() -> {});
        }
        assertTrue(objects(hot, "packs/").size() <= packs + 1, "metadata at most");
    }

    @Test
    void aSecondRunCopiesNothing() throws IOException {
        backup(0, 60);
        applied();
        int packs = objects(cold, "packs/").size();
        TierApply.Report again = apply(ALL, AT_ONCE);
        assertEquals(0, again.copies().get(0).chunks());
        assertEquals(packs, objects(cold, "packs/").size());
    }

    @Test
    void aLimitedRunPublishesNothingThatIsNotWholeAndTheNextGoesOn() throws IOException {
        ModelWriter.Published old = backup(0, 60);
        TierApply.Report report = apply(new CopyOptions(10_000, null, false), AT_ONCE);
        assertEquals(0, report.copies().get(0).snapshots());
        assertEquals(List.of(), objects(cold, "snapshots/"));
        long copied = report.copies().get(0).chunks();
        assertTrue(copied > 0, "something was copied");
        TierApply.Report rest = apply(ALL, AT_ONCE);
        assertEquals(60, copied + rest.copies().get(0).chunks());
        assertEquals(1, objects(cold, "snapshots/").size());
        assertReads(old);
    }

    @Test
    void aRunThatIsKilledAnywhereLosesNothing() throws IOException {
        ModelWriter.Published old = backup(0, 60);
        clock.advance(Duration.ofDays(60));
        ModelWriter.Published young = backup(40, 80);
        for (int operations = 1; operations < 60; operations += 4) {
            coldFaults.crashAfterOperations(operations);
            try {
                apply(ALL, AT_ONCE);
            } catch (IOException killed) {
                assertTrue(killed instanceof BackendException, killed.toString());
            }
            coldFaults.heal();
            repository.close();
            repository = open("index");
            assertReads(old, young);
        }
        applied();
        assertReads(old, young);
        assertEquals(2, objects(cold, "snapshots/").size());
    }

    @Test
    void aBackupGoesOnWhileATierIsAway() throws IOException {
        ModelWriter.Published old = backup(0, 60);
        clock.advance(Duration.ofDays(60));
        applied();
        repository.close();
        away = true;
        repository = open("index");
        ModelWriter.Published again = backup(0, 60);
        ModelWriter.assertReads(repository.chunks(), again, "stored again");
        TierApply.Report report = apply(ALL, AT_ONCE);
        assertEquals(1, report.problems().size());
        assertTrue(
                report.problems().get(0).contains("connection refused"),
                report.problems().get(0));
        away = false;
        repository.close();
        repository = open("index");
        applied();
        assertReads(old, again);
    }

    @Test
    void whatIsForgottenIsPrunedFromAllTiers() throws IOException {
        ModelWriter.Published old = backup(0, 60);
        clock.advance(Duration.ofDays(60));
        ModelWriter.Published young = backup(100, 140);
        applied();
        new Forgetting(repository).forget(old.manifest());
        int before = objects(cold, "packs/").size();
        for (PackAccess tier : repository.packsOfTiers()) {
            PruneReport report = new Pruning(repository, tier, null, AT_ONCE, clock, manifest -> {}).run();
            assertEquals(List.of(), report.problems());
        }
        assertTrue(objects(cold, "packs/").size() < before, "garbage is gone");
        applied();
        assertEquals(1, objects(cold, "snapshots/").size());
        assertReads(young);
        try (Repository alone = Repository.open(cold, temp.resolve("cold-alone"), null, options)) {
            ModelWriter.assertReads(alone.chunks(), young, "cold alone");
        }
    }

    @Test
    void aPackThatIsLostOrFlippedIsReadFromTheOtherTierAndNamedByCheck() throws IOException {
        ModelWriter.Published snapshot = backup(0, 60);
        applied();
        List<String> packs = objects(hot, "packs/");
        for (String pack : packs) {
            ByteBuffer bytes = ByteBuffer.allocate((int) hot.size(pack));
            hot.read(pack, 0, bytes);
            hot.delete(pack);
            bytes.array()[bytes.capacity() / 2] ^= 1;
            hot.put(pack, bytes.flip());
        }
        assertReads(snapshot);
        RepositoryCheck.Report report = new RepositoryCheck(repository, new Random(1)).run(100, SILENT);
        assertFalse(report.isSound());
        assertEquals(List.of(), report.problems());
        assertEquals(packs.size(), report.damagedPacks().size());
        report.damagedPacks().forEach(pack -> assertEquals(pack.hurtChunks(), pack.elsewhere(), pack.message()));
    }

    @Test
    void whatOnlyTheColdTierKnowsStaysThere() throws IOException {
        ModelWriter.Published snapshot = backup(0, 60);
        applied();
        hot.delete(snapshot.manifest().objectName()); // lost, not forgotten
        for (PackAccess tier : repository.packsOfTiers()) {
            new Pruning(repository, tier, null, AT_ONCE, clock, manifest -> {}).run();
        }
        try (Repository alone = Repository.open(cold, temp.resolve("cold-alone"), null, options)) {
            ModelWriter.assertReads(alone.chunks(), snapshot, "cold alone");
        }
    }

    @Test
    void aTierIsNotRemovedWhileSomethingLiesOnlyThere() throws IOException {
        ModelWriter.Published old = backup(0, 60);
        clock.advance(Duration.ofDays(60));
        applied();
        TierRemoval removal = new TierRemoval(repository, repository.tiers().get(0));
        RefusedException refused = assertThrows(RefusedException.class, () -> removal.run(false));
        assertTrue(refused.getMessage().contains("lies only in tier vault"), refused.getMessage());
        new Forgetting(repository).forget(old.manifest());
        removal.run(false);
        assertEquals(List.of(), repository.tiers());
    }

    @Test
    void whatWasReadLatelyStays() throws IOException {
        ModelWriter.Published old = backup(0, 60);
        clock.advance(Duration.ofDays(60));
        ModelWriter.assertReads(repository.chunks(), old, "used");
        int before = objects(hot, "packs/").size();
        new TierApply(repository, new ApplyOptions(MONTH, Duration.ofDays(14), ALL, AT_ONCE), clock, doing -> {})
                .run(repository.tiers());
        assertEquals(before, objects(hot, "packs/").size());
    }
}
