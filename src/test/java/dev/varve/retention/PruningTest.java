package dev.varve.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.memory.MemoryBackend;
import dev.varve.check.RepositoryCheck;
import dev.varve.crypto.KeyDerivation;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.model.RefusedException;
import dev.varve.pack.PackTrailer;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.PruneMark;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryOptions;
import dev.varve.repository.WriteSession;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.testing.FakeClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PruningTest {
    private static final RepositoryOptions OPTIONS = new RepositoryOptions(1 << 20, 1, 8 << 10, 64);
    private static final Duration DAY = Duration.ofHours(24);

    @TempDir
    Path temp;

    private final MemoryBackend backend = new MemoryBackend();
    private final FakeClock clock = new FakeClock(Instant.parse("2030-01-01T00:00:00Z"));
    private Repository repository;

    @BeforeEach
    void make() throws IOException {
        Repository.create(backend, temp.resolve("made"), null, new KeyDerivation(64, 1, 1))
                .close();
        repository = open("index");
    }

    @AfterEach
    void close() throws IOException {
        repository.close();
    }

    private Repository open(String index) throws IOException {
        return Repository.open(backend, temp.resolve(index), null, OPTIONS);
    }

    private ModelWriter.Published backup(Repository to, String host, int from, int end) throws IOException {
        try (ModelWriter writer = new ModelWriter(host, to, clock)) {
            writer.write(IntStream.range(from, end).boxed().toList());
            return writer.publish(() -> {});
        }
    }

    private PruneReport prune(Duration grace) throws IOException {
        return prune(repository, grace, Long.MAX_VALUE, false);
    }

    private PruneReport prune(Repository in, Duration grace, long maxRepack, boolean dryRun) throws IOException {
        return new Pruning(in, new PruneOptions(grace, maxRepack, dryRun), clock, manifest -> {}).run();
    }

    private void forget(ModelWriter.Published snapshot) throws IOException {
        new Forgetting(repository).forget(snapshot.manifest());
    }

    private List<String> objects(String prefix) {
        List<String> names = new ArrayList<>();
        backend.list(prefix, object -> names.add(object.name()));
        return names;
    }

    @Test
    void theOnlyCopyThatCanBeReadIsNotDeletedForOneThatRotted() throws IOException {
        ModelWriter.Published a;
        try (Repository other = open("other");
                ModelWriter first = new ModelWriter("a", repository, clock);
                ModelWriter second = new ModelWriter("b", other, clock)) {
            List<Integer> numbers = IntStream.range(0, 20).boxed().toList();
            first.write(numbers);
            second.write(numbers);
            a = first.publish(() -> {});
            List<String> before = objects("packs/");
            second.publish(() -> {});
            for (String pack : objects("packs/")) {
                if (!before.contains(pack)) {
                    rot(pack);
                }
            }
        }
        PruneReport marked = prune(DAY);
        clock.advance(DAY);
        prune(DAY);
        clock.advance(DAY);
        PruneReport due = prune(DAY);
        assertTrue(marked.markedPacks() > 0, marked.toString());
        assertEquals(0, due.deletedPacks());
        assertTrue(
                due.problems().toString().contains("is left alone"),
                due.problems().toString());
        ModelWriter.assertReads(repository.chunks(), a, "the good copy");
    }

    /** Flips a byte of the first frame. */
    private void rot(String pack) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) backend.size(pack));
        backend.read(pack, 0, bytes);
        bytes.array()[100] ^= 1;
        backend.delete(pack);
        backend.put(pack, bytes.flip());
    }

    @Test
    void whatIsDeadIsMarkedFirstAndDeletedAfterTheGracePeriod() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 40);
        ModelWriter.Published second = backup(repository, "web", 100, 140);
        int all = objects("packs/").size();
        forget(first);
        PruneReport marked = prune(DAY);
        assertEquals(0, marked.deletedPacks());
        assertTrue(marked.markedPacks() > 0 && marked.markedBytes() > 20_000, marked.toString());
        assertEquals(all, objects("packs/").size());
        clock.advance(DAY.minusMinutes(1));
        PruneReport early = prune(DAY);
        assertEquals(0, early.deletedPacks() + early.markedPacks());
        assertEquals(marked.markedPacks(), early.waitingPacks());
        assertEquals(marked.markedBytes(), early.waitingBytes());
        clock.advance(Duration.ofMinutes(1));
        PruneReport due = prune(DAY);
        assertEquals(marked.markedPacks(), due.deletedPacks());
        assertEquals(marked.markedBytes(), due.deletedBytes());
        assertEquals(all - due.deletedPacks(), objects("packs/").size());
        assertEquals(List.of(), objects("marks/"));
        ModelWriter.assertReads(repository.chunks(), second, "second");
        assertSound(repository);
    }

    @Test
    void withoutGraceItGoesAtOnceAndADryRunOnlySays() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 40);
        backup(repository, "web", 100, 140);
        forget(first);
        Set<String> before = Set.copyOf(objects(""));
        PruneReport dry = prune(repository, Duration.ZERO, 1 << 30, true);
        assertEquals(before, Set.copyOf(objects("")));
        PruneReport done = prune(Duration.ZERO);
        assertEquals(dry.deletedPacks(), done.deletedPacks());
        assertEquals(dry.deletedBytes(), done.deletedBytes());
        assertEquals(0, prune(Duration.ZERO).deletedPacks());
    }

    @Test
    void aMarkedPackThatIsNeededAgainIsNotDeleted() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 40);
        ModelWriter.Published second;
        try (ModelWriter running = new ModelWriter("web", repository, clock)) {
            running.write(IntStream.range(0, 40).boxed().toList());
            forget(first);
            assertTrue(prune(DAY).markedPacks() > 0);
            clock.advance(Duration.ofMinutes(20));
            second = running.publish(() -> {});
        }
        clock.advance(DAY);
        PruneReport report = prune(DAY);
        assertTrue(report.revivedPacks() > 0, report.toString());
        ModelWriter.assertReads(repository.chunks(), second, "second");
        assertSound(repository);
    }

    @Test
    void aBackupThatBeginsAfterTheMarkStoresAnew() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 40);
        forget(first);
        prune(DAY);
        int before = objects("packs/").size();
        ModelWriter.Published second = backup(repository, "web", 0, 40);
        assertTrue(objects("packs/").size() > before);
        clock.advance(DAY);
        assertEquals(before, prune(DAY).deletedPacks());
        ModelWriter.assertReads(repository.chunks(), second, "second");
        assertSound(repository);
    }

    @Test
    void aBackupThatTakesDaysKeepsWhatItBuildsOnAndWhatItWrote() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 40);
        ModelWriter.Published base = backup(repository, "web", 200, 240);
        ModelWriter.Published last;
        try (ModelWriter running = new ModelWriter("web", repository, clock)) {
            running.write(IntStream.range(0, 40).boxed().toList());
            running.write(IntStream.range(300, 340).boxed().toList());
            assertTrue(running.takeOver(base, 0));
            forget(first);
            forget(base);
            for (int day = 0; day < 4; day++) {
                prune(DAY);
                for (int i = 0; i < 150; i++) {
                    clock.advance(Duration.ofMinutes(10));
                    running.tick();
                }
                assertFalse(objects("keeps/").isEmpty());
            }
            last = running.publish(() -> {});
        }
        clock.advance(DAY.multipliedBy(2));
        prune(DAY);
        ModelWriter.assertReads(repository.chunks(), last, "last");
        assertSound(repository);
        prune(Duration.ZERO);
        assertEquals(List.of(), objects("keeps/"));
        ModelWriter.assertReads(repository.chunks(), last, "last");
    }

    @Test
    void aBackupThatStoodStillWhileItsPacksWerePrunedGivesUp() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 40);
        try (ModelWriter running = new ModelWriter("web", repository, clock)) {
            running.write(IntStream.range(0, 40).boxed().toList());
            forget(first);
            prune(DAY);
            clock.advance(DAY);
            prune(DAY);
            assertThrows(RefusedException.class, () -> running.publish(() -> {}));
        }
        assertEquals(List.of(), repository.manifests().list());
    }

    @Test
    void aBackupThatStoodStillWhileNothingWasPrunedGoesOn() throws IOException {
        backup(repository, "web", 0, 40);
        try (ModelWriter running = new ModelWriter("web", repository, clock)) {
            running.write(IntStream.range(0, 40).boxed().toList());
            clock.advance(DAY.multipliedBy(9));
            ModelWriter.assertReads(repository.chunks(), running.publish(() -> {}), "late");
        }
    }

    @Test
    void packsOfBackupsThatWereKilledGo() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 10);
        int needed = objects("packs/").size();
        try (ModelWriter killed = new ModelWriter("web", repository, clock)) {
            killed.write(IntStream.range(50, 90).boxed().toList());
        }
        assertTrue(objects("packs/").size() > needed);
        prune(DAY);
        clock.advance(DAY);
        prune(DAY);
        assertEquals(needed, objects("packs/").size());
        ModelWriter.assertReads(repository.chunks(), first, "first");
    }

    @Test
    void mostlyDeadPacksAreWrittenAnewAndReadersFindWhatMoved() throws IOException {
        ModelWriter.Published all = backup(repository, "web", 0, 60);
        ModelWriter.Published few;
        try (ModelWriter writer = new ModelWriter("web", repository, clock)) {
            writer.write(IntStream.range(0, 60).filter(i -> i % 9 == 0).boxed().toList());
            few = writer.publish(() -> {});
        }
        try (Repository mount = open("mount")) {
            ModelWriter.assertReads(mount.chunks(), few, "before");
            forget(all);
            PruneReport none = prune(repository, DAY, 0, false);
            assertEquals(0, none.repackedPacks());
            PruneReport report = prune(DAY);
            assertTrue(report.repackedPacks() > 0, report.toString());
            ModelWriter.assertReads(mount.chunks(), few, "marked");
            clock.advance(DAY);
            prune(DAY);
            try (Repository stale =
                    Repository.open(backend, temp.resolve("mount"), null, new RepositoryOptions(0, 1, 8 << 10, 64))) {
                ModelWriter.assertReads(stale.chunks(), few, "deleted");
            }
            ModelWriter.assertReads(mount.chunks(), few, "deleted, with a cache");
        }
        long stored = 0;
        for (String pack : objects("packs/")) {
            stored += backend.size(pack);
        }
        assertTrue(stored < 25_000, stored + " bytes");
        assertSound(repository);
    }

    /** Its index knows two places, both of which are gone. */
    @Test
    void aReaderThatSleptThroughTwoMovesFindsTheThirdPlace() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 30);
        try (Repository mount = open("mount")) {
            ModelWriter.assertReads(mount.chunks(), first, "before");
        }
        for (int move = 0; move < 3; move++) {
            Set<PackId> all = repository.indexView().packs();
            try (WriteSession session = repository.begin(clock, all)) {
                try (ChunkLane data = session.lane(PackKind.DATA);
                        ChunkLane metadata = session.lane(PackKind.METADATA)) {
                    for (PackId pack : all) {
                        PackTrailer trailer = repository.packAccess().trailer(pack);
                        ChunkLane lane = trailer.kind() == PackKind.DATA ? data : metadata;
                        trailer.forEachChunk((id, location) -> {
                            byte[] chunk = repository.chunks().read(id);
                            lane.put(chunk, 0, chunk.length);
                        });
                    }
                }
                session.commit();
            }
            if (move == 0) {
                try (Repository mount = open("mount")) {
                    mount.catchUp();
                }
            }
            for (PackId pack : all) {
                repository.packAccess().delete(pack);
            }
            repository.packAccess().dropFromIndex(all);
        }
        try (Repository mount = open("mount")) {
            ModelWriter.assertReads(mount.chunks(), first, "moved thrice");
        }
    }

    @Test
    void ofTwoMarksThatDidNotKnowOfEachOtherOneIsVoid() throws IOException {
        PruneMark a = new PruneMark("marks/" + "a".repeat(32), "", Instant.EPOCH, Set.of(), Set.of(), Set.of());
        PruneMark b = new PruneMark("marks/" + "b".repeat(32), "", Instant.EPOCH, Set.of(), Set.of(), Set.of());
        PruneMark c =
                new PruneMark("marks/" + "c".repeat(32), "", Instant.EPOCH, Set.of(), Set.of(b.objectName()), Set.of());
        assertFalse(a.isVoidBeside(b));
        assertTrue(b.isVoidBeside(a));
        assertFalse(c.isVoidBeside(b));
        assertFalse(b.isVoidBeside(c));

        // Two prunes, one of which marks one copy of a chunk and one the other.
        ModelWriter.Published snapshot = backup(repository, "web", 0, 1);
        Set<PackId> one = repository.indexView().packs();
        repository
                .marks()
                .put(
                        "",
                        clock.instant(),
                        repository.manifests().list().stream().collect(java.util.stream.Collectors.toSet()),
                        Set.of(),
                        one);
        backup(repository, "web", 0, 1);
        Set<PackId> other = repository.indexView().packs();
        other.removeAll(one);
        assertFalse(other.isEmpty());
        repository.marks().put("", clock.instant(), Set.of(), Set.of(), other);
        clock.advance(DAY);
        prune(DAY);
        ModelWriter.assertReads(repository.chunks(), snapshot, "after");
        prune(Duration.ZERO);
        ModelWriter.assertReads(repository.chunks(), snapshot, "after all");
        assertSound(repository);
    }

    @Test
    void chunksThatOnlyMarkedPacksHaveAreKeptWhateverTheIndexSays() throws IOException {
        ModelWriter.Published snapshot = backup(repository, "web", 0, 30);
        Set<PackId> all = repository.indexView().packs();
        repository.marks().put("", clock.instant(), Set.of(), Set.of(), all);
        clock.advance(DAY);
        PruneReport report = prune(DAY);
        assertEquals(all.size(), report.revivedPacks());
        assertEquals(0, report.deletedPacks());
        ModelWriter.assertReads(repository.chunks(), snapshot, "after");
    }

    @Test
    void aMarkOfTheFutureIsTakenBack() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 30);
        forget(first);
        repository
                .marks()
                .put(
                        "",
                        clock.instant().plus(DAY.multipliedBy(1000)),
                        Set.of(),
                        Set.of(),
                        repository.indexView().packs());
        assertTrue(prune(DAY).markedPacks() > 0);
        clock.advance(DAY);
        assertTrue(prune(DAY).deletedPacks() > 0);
    }

    @Test
    void aClockOf1970PrunesNothing() {
        clock.set(Instant.parse("1970-01-01T00:01:00Z"));
        RefusedException e = assertThrows(RefusedException.class, () -> prune(DAY));
        assertTrue(e.getMessage().contains("clock says 1970"), e.getMessage());
    }

    private void damage(String object) throws IOException {
        byte[] content = new byte[(int) backend.size(object)];
        backend.read(object, 0, ByteBuffer.wrap(content));
        content[content.length / 2] ^= 1;
        backend.delete(object);
        backend.put(object, ByteBuffer.wrap(content));
    }

    @Test
    void withADamagedManifestNothingIsPruned() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 30);
        ModelWriter.Published second = backup(repository, "web", 40, 70);
        forget(second);
        damage(first.manifest().objectName());
        Set<String> before = Set.copyOf(objects("packs/"));
        RefusedException e = assertThrows(RefusedException.class, () -> prune(Duration.ZERO));
        assertTrue(e.getMessage().contains("nothing is pruned"), e.getMessage());
        assertEquals(before, Set.copyOf(objects("packs/")));
    }

    @Test
    void withUnreadableMetadataNothingIsPruned() throws IOException {
        backup(repository, "web", 0, 30);
        ModelWriter.Published second = backup(repository, "web", 40, 70);
        forget(second);
        repository.close();
        for (String pack : objects("packs/")) {
            byte[] header = new byte[8];
            backend.read(pack, 0, ByteBuffer.wrap(header));
            if (header[6] == 1) {
                byte[] content = new byte[(int) backend.size(pack)];
                backend.read(pack, 0, ByteBuffer.wrap(content));
                content[32 + 60] ^= 1; // in the first frame
                backend.delete(pack);
                backend.put(pack, ByteBuffer.wrap(content));
            }
        }
        repository = open("index");
        RefusedException e = assertThrows(RefusedException.class, () -> prune(Duration.ZERO));
        assertTrue(e.getMessage().contains("it is not known what it needs"), e.getMessage());
    }

    @Test
    void aDamagedMarkStopsBackupsUntilAPruneRemovesIt() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 30);
        forget(first);
        prune(DAY);
        damage(objects("marks/").get(0));
        CorruptException e = assertThrows(CorruptException.class, () -> backup(repository, "web", 0, 5));
        assertTrue(e.getMessage().contains("varve prune removes it"), e.getMessage());
        PruneReport report = prune(DAY);
        assertEquals(1, report.problems().size());
        assertTrue(report.markedPacks() > 0);
        ModelWriter.assertReads(repository.chunks(), backup(repository, "web", 0, 5), "after");
    }

    @Test
    void labelsOfSnapshotsThatAreGoneAreSwept() throws IOException {
        ModelWriter.Published first = backup(repository, "web", 0, 30);
        repository.labels().addTag(first.manifest().objectName(), "a");
        repository.manifests().forget(first.manifest().objectName());
        assertEquals(1, objects("labels/").size());
        prune(DAY);
        assertEquals(0, objects("labels/").size());
    }

    private void assertSound(Repository of) throws IOException {
        RepositoryCheck.Report report = new RepositoryCheck(of, new Random(1)).run(100, new RepositoryCheck.Progress() {
            @Override
            public void packs(int done, int inAll) {}

            @Override
            public void snapshot(Manifest manifest) {}
        });
        assertEquals(List.of(), report.damagedPacks());
        assertEquals(List.of(), report.problems());
        assertEquals(List.of(), new SnapshotCatalog(of.manifests()).problems());
    }
}
