package dev.varve.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.memory.MemoryBackend;
import dev.varve.check.RepositoryCheck;
import dev.varve.crypto.KeyDerivation;
import dev.varve.model.NoSpaceException;
import dev.varve.model.VarveException;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryOptions;
import dev.varve.snapshot.Manifest;
import dev.varve.testing.FaultyBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The power goes, an operation fails or the disk is full at every single operation of a small backup. What the backend had
 * not committed is lost; of the local index, which is only a cache, anything may be lost, cut or left unfinished.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CrashPointTest {
    private static final int KIBIBYTES = 384;
    private static final KeyDerivation QUICK = new KeyDerivation(64, 1, 1);

    @TempDir
    Path temp;

    private Path second;
    private final MemoryBackend base = new MemoryBackend();
    private Path baseIndex;
    private List<String> firstListing;
    private List<String> secondListing;

    /** What the index directory may look like after the power came back. */
    private enum IndexLoss {
        NOTHING,
        EVERYTHING,
        WHAT_THE_RUN_WROTE,
        LIST_ONLY,
        SEGMENTS_ONLY,
        TAILS
    }

    @BeforeEach
    void makeRepository() throws IOException {
        Path first = FaultVolume.make(temp, "first", KIBIBYTES, 1);
        second = FaultVolume.later(first, "second", KIBIBYTES, 2);
        baseIndex = temp.resolve("base.index");
        Repository.create(base, baseIndex, null, QUICK).close();
        try (Repository repository = open(base, baseIndex)) {
            firstListing = Backups.listing(
                    repository, Backups.run(repository, "host", first, 1).manifest());
        }
        try (Repository reference =
                Repository.create(new MemoryBackend(), temp.resolve("reference.index"), null, QUICK)) {
            secondListing = Backups.listing(
                    reference, Backups.run(reference, "host", second, 1).manifest());
        }
    }

    private static Repository open(dev.varve.backend.Backend backend, Path index) throws IOException {
        return Repository.open(backend, index, null, Backups.OPTIONS);
    }

    /** What a run left: the objects, the index directory, and whether it came to its end. */
    private record Aftermath(FaultyBackend backend, Path index, boolean done) {}

    @FunctionalInterface
    private interface Fault {
        void arm(FaultyBackend backend);
    }

    private Aftermath run(String name, Fault fault, Class<? extends IOException> expected) throws IOException {
        MemoryBackend objects = new MemoryBackend();
        Backups.copy(base, objects);
        FaultyBackend faulty = new FaultyBackend(objects);
        Path index = temp.resolve(name + ".index");
        Backups.copy(baseIndex, index);
        boolean done = false;
        fault.arm(faulty);
        try (Repository repository = open(faulty, index)) {
            Backups.run(repository, "host", second, 1);
            done = true;
        } catch (IOException e) {
            assertTrue(expected.isInstance(e), () -> name + ": " + e);
        }
        faulty.heal();
        return new Aftermath(faulty, index, done);
    }

    /** Everything that is visible is right, the next backup works, and so does everything after it. */
    private void assertGoesOn(String what, Aftermath after) throws IOException {
        int before = assertGood(what, after);
        try (Repository repository = open(after.backend, after.index)) {
            Manifest next = Backups.run(repository, "host", second, 1).manifest();
            assertEquals(secondListing, Backups.listing(repository, next), what);
        }
        assertEquals(before + 1, assertGood(what, after), what);
    }

    private int assertGood(String what, Aftermath after) throws IOException {
        try (Repository repository = open(after.backend, after.index)) {
            List<Manifest> snapshots = Backups.snapshots(repository);
            for (int i = 0; i < snapshots.size(); i++) {
                List<String> expected = i == 0 ? firstListing : secondListing;
                assertEquals(expected, Backups.listing(repository, snapshots.get(i)), what);
            }
            Backups.assertSound(repository);
            return snapshots.size();
        }
    }

    @Test
    void aPowerCutBeforeAnyOperationLosesNothingPublishedWhateverBecomesOfTheIndex() throws IOException {
        Random random = new Random(7);
        boolean done = false;
        for (int operation = 0; !done; operation++) {
            int at = operation;
            IndexLoss loss = IndexLoss.values()[operation % IndexLoss.values().length];
            String what = "crash before operation " + operation + ", index loses " + loss;
            Aftermath after = run("crash" + at, backend -> backend.crashAfterOperations(at), VarveException.class);
            lose(loss, after.index, random);
            assertGoesOn(what, after);
            Backups.delete(after.index);
            done = after.done;
            assertTrue(operation < 2000, "the backup never ends");
        }
    }

    private void lose(IndexLoss loss, Path index, Random random) throws IOException {
        List<Path> known =
                Backups.files(baseIndex).stream().map(Path::getFileName).toList();
        for (Path file : Backups.files(index)) {
            boolean list = file.getFileName().toString().equals("segments");
            boolean fresh = list || !known.contains(file.getFileName());
            boolean lost = switch (loss) {
                case NOTHING, TAILS -> false;
                case EVERYTHING -> true;
                case WHAT_THE_RUN_WROTE -> fresh;
                case LIST_ONLY -> list;
                case SEGMENTS_ONLY -> fresh && !list;
            };
            if (lost) {
                Files.delete(file);
            } else if (loss == IndexLoss.TAILS && fresh) {
                byte[] whole = Files.readAllBytes(file);
                Files.write(file, java.util.Arrays.copyOf(whole, random.nextInt(whole.length + 1)));
            }
        }
        Files.createDirectories(index);
        Files.write(index.resolve("segments.tmp"), new byte[100]);
        Files.write(index.resolve("0123456789abcdef.segment.tmp"), new byte[5000]);
        Files.write(index.resolve("0123456789abcdee.segment"), new byte[5000]);
    }

    @Test
    void anyOperationMayFailAndTheNextBackupWorks() throws IOException {
        boolean done = false;
        for (int operation = 0; !done; operation++) {
            int at = operation;
            Aftermath after = run("fail" + at, backend -> backend.failAfterOperations(at), VarveException.class);
            assertGoesOn("operation " + operation + " fails", after);
            Backups.delete(after.index);
            done = after.done;
        }
    }

    @Test
    void afterAFailureTheSameOpenRepositoryGoesOn() throws IOException {
        MemoryBackend objects = new MemoryBackend();
        Backups.copy(base, objects);
        FaultyBackend faulty = new FaultyBackend(objects);
        Path index = temp.resolve("same.index");
        try (Repository repository = open(faulty, index)) {
            int failures = 0;
            for (boolean done = false; !done; failures++) {
                faulty.failAfterOperations(2L * failures);
                done = succeeds(repository);
                faulty.heal();
            }
            assertTrue(failures > 5, failures + " failures");
            Manifest manifest = Backups.run(repository, "host", second, 2).manifest();
            assertEquals(secondListing, Backups.listing(repository, manifest));
            Backups.assertSound(repository);
        }
    }

    @Test
    void severalThreadsThatMeetAFullDiskReportThat() throws IOException {
        for (int run = 0; run < 30; run++) {
            MemoryBackend objects = new MemoryBackend();
            Backups.copy(base, objects);
            FaultyBackend full = new FaultyBackend(objects);
            Path index = temp.resolve("threads" + run);
            Backups.copy(baseIndex, index);
            full.fullAfterBytes(10_000L * run);
            try (Repository repository = Repository.open(full, index, null, RepositoryOptions.defaults())) {
                assertThrows(NoSpaceException.class, () -> Backups.run(repository, "host", second, 4));
            }
        }
    }

    private boolean succeeds(Repository repository) throws IOException {
        try {
            Backups.run(repository, "host", second, 2);
            return true;
        } catch (VarveException injected) {
            assertTrue(injected.getMessage().contains("injected"), injected.getMessage());
            return false;
        }
    }

    @Test
    void aDiskThatFillsAtAnyPointIsSaidAndNothingIsLost() throws IOException {
        boolean done = false;
        for (int kib = 0; !done; kib += 20) {
            long bytes = kib * 1024L;
            Aftermath after = run("full" + kib, backend -> backend.fullAfterBytes(bytes), NoSpaceException.class);
            assertGoesOn("full after " + bytes + " bytes", after);
            Backups.delete(after.index);
            done = after.done;
        }
    }

    @Test
    void everyObjectOfAPublishedSnapshotWasThereWhenItsManifestWas() throws IOException {
        MemoryBackend objects = new MemoryBackend();
        Backups.copy(base, objects);
        int[] published = {0};
        ObservedBackend observed = new ObservedBackend(objects, new ObservedBackend.Observer() {
            @Override
            public void put(String name) throws IOException {
                if (name.startsWith("snapshots/")) {
                    published[0]++;
                    MemoryBackend then = new MemoryBackend();
                    Backups.copy(objects, then);
                    Path index = temp.resolve("then.index");
                    assertGood("at the moment of publishing", new Aftermath(new FaultyBackend(then), index, true));
                }
            }
        });
        Path index = temp.resolve("observed.index");
        Backups.copy(baseIndex, index);
        try (Repository repository = open(observed, index)) {
            Backups.run(repository, "host", second, 2);
        }
        assertEquals(1, published[0]);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSnapshotCountsOnNothingOfAnotherWriterThatAPowerCutMayTake(boolean aReaderSeesItFirst) throws IOException {
        MemoryBackend objects = new MemoryBackend();
        Backups.copy(base, objects);
        Set<String> before = packs(objects);
        String manifest;
        try (Repository other = open(objects, temp.resolve("other.index"))) {
            manifest = Backups.run(other, "other", second, 1).manifest().objectName();
        }
        objects.delete(manifest); // it has come as far as naming its packs
        Set<String> named = packs(objects);
        named.removeAll(before);
        assertTrue(named.size() > 1, named.toString());
        FaultyBackend faulty = new FaultyBackend(objects);
        faulty.undurable(named);
        Path index = temp.resolve("mine.index");
        Backups.copy(baseIndex, index);
        if (aReaderSeesItFirst) {
            try (Repository reader = open(faulty, index)) {
                reader.catchUp();
            }
        }
        try (Repository repository = open(faulty, index)) {
            assertEquals(
                    0,
                    Backups.run(repository, "host", second, 1)
                            .manifest()
                            .volumes()
                            .get(0)
                            .statistics()
                            .newBytes());
        }
        faulty.crash();
        faulty.heal();
        assertEquals(2, assertGood("after the power cut", new Aftermath(faulty, index, true)));
    }

    private static Set<String> packs(MemoryBackend objects) throws IOException {
        Set<String> names = new TreeSet<>();
        objects.list("packs/", object -> names.add(object.name()));
        return names;
    }

    @Test
    void anErrorInTheThreadThatCommitsPacksEndsTheBackup() throws IOException {
        MemoryBackend objects = new MemoryBackend();
        Backups.copy(base, objects);
        ObservedBackend backend = new ObservedBackend(objects, new ObservedBackend.Observer() {
            @Override
            public void committing(String name) {
                throw new OutOfMemoryError("injected");
            }
        });
        try (Repository repository = open(backend, temp.resolve("error.index"))) {
            IOException e = assertThrows(IOException.class, () -> Backups.run(repository, "host", second, 2));
            assertTrue(e.getMessage().contains("injected"), e.getMessage());
            assertEquals(1, Backups.snapshots(repository).size());
        }
    }

    @Test
    void aCheckThatFailsInsideNeverCallsTheRepositorySound() throws IOException {
        boolean[] armed = {false};
        ObservedBackend backend = new ObservedBackend(base, new ObservedBackend.Observer() {
            @Override
            public void reading(String name) {
                if (armed[0] && name.startsWith("packs/")) {
                    throw new IllegalArgumentException("injected");
                }
            }
        });
        try (Repository repository = open(backend, baseIndex)) {
            armed[0] = true;
            RuntimeException e = assertThrows(RuntimeException.class, () -> Backups.check(repository));
            assertTrue(e.getMessage().contains("injected"), e.getMessage());
        }
    }

    @Test
    void aBackupThatIsPublishedWhileACheckRunsIsNoDamage() throws IOException {
        MemoryBackend objects = new MemoryBackend();
        Backups.copy(base, objects);
        boolean[] published = {false};
        RepositoryCheck.Progress backupMeanwhile = new RepositoryCheck.Progress() {
            @Override
            public void packs(int done, int inAll) {
                if (done == inAll) {
                    try (Repository writer = open(objects, temp.resolve("writer.index"))) {
                        Backups.run(writer, "host", second, 1);
                        published[0] = true;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }

            @Override
            public void snapshot(Manifest manifest) {}
        };
        try (Repository repository = open(objects, temp.resolve("checker.index"))) {
            RepositoryCheck.Report report = new RepositoryCheck(repository, new Random(1)).run(100, backupMeanwhile);
            assertTrue(published[0]);
            assertEquals(List.of(), report.problems());
            assertTrue(report.isSound());
        }
    }
}
