package dev.varve.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.memory.MemoryBackend;
import dev.varve.crypto.KeyDerivation;
import dev.varve.model.PackId;
import dev.varve.model.RefusedException;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryOptions;
import dev.varve.snapshot.Manifest;
import dev.varve.testing.FakeClock;
import dev.varve.testing.InterruptedBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others do in the midst of a prune that takes long, or sleeps. */
class PruneRacesTest {
    private static final RepositoryOptions OPTIONS = new RepositoryOptions(1 << 20, 1, 8 << 10, 64);
    private static final Duration DAY = Duration.ofHours(24);
    private static final Consumer<Manifest> SILENT = manifest -> {};

    @TempDir
    Path temp;

    private final FakeClock clock = new FakeClock(Instant.parse("2030-01-01T00:00:00Z"));

    /** Repositories in memory, each with two machines. */
    private final class Pair implements AutoCloseable {
        private final MemoryBackend objects = new MemoryBackend();
        private final InterruptedBackend interrupted = new InterruptedBackend(objects);
        private final Repository one;
        private final Repository other;

        Pair(String name) throws IOException {
            Path indexes = temp.resolve(name);
            Repository.create(objects, indexes.resolve("made"), null, new KeyDerivation(64, 1, 1))
                    .close();
            one = Repository.open(interrupted, indexes.resolve("one"), null, OPTIONS);
            other = Repository.open(objects, indexes.resolve("other"), null, OPTIONS);
        }

        private List<String> objects(String prefix) {
            List<String> names = new ArrayList<>();
            objects.list(prefix, object -> names.add(object.name()));
            return names;
        }

        @Override
        public void close() throws IOException {
            one.close();
            other.close();
        }
    }

    private PruneReport prune(Repository in, Consumer<Manifest> progress) throws IOException {
        return new Pruning(in, new PruneOptions(DAY, Long.MAX_VALUE, false), clock, progress).run();
    }

    private static List<Integer> numbers(int from, int end) {
        return IntStream.range(from, end).boxed().toList();
    }

    private ModelWriter.Published backup(Repository to, String host, int from, int end) throws IOException {
        try (ModelWriter writer = new ModelWriter(host, to, clock)) {
            writer.write(numbers(from, end));
            return writer.publish(() -> {});
        }
    }

    private void passDay(ModelWriter running) throws IOException {
        for (Duration time = Duration.ZERO; time.compareTo(DAY) <= 0; time = time.plusMinutes(10)) {
            clock.advance(Duration.ofMinutes(10));
            running.tick();
        }
    }

    /** A backup that builds on what only a forgotten snapshot has, which is marked then. */
    private ModelWriter begunBeforeMark(Pair pair) throws IOException {
        ModelWriter.Published first = backup(pair.one, "web", 0, 40);
        backup(pair.one, "web", 100, 110);
        ModelWriter running = new ModelWriter("db", pair.other, clock);
        running.write(numbers(0, 40));
        new Forgetting(pair.one).forget(first.manifest());
        assertTrue(prune(pair.one, SILENT).markedPacks() > 0);
        return running;
    }

    @Test
    void aMarkThatFallsDueWhileAPruneLooksIsLeftToTheNext() throws IOException {
        try (Pair pair = new Pair("due");
                ModelWriter running = begunBeforeMark(pair)) {
            PruneReport report = prune(pair.one, manifest -> {
                try {
                    passDay(running);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertFalse(pair.objects("keeps/").isEmpty());
            assertEquals(0, report.deletedPacks());
            ModelWriter.assertReads(pair.one.chunks(), running.publish(() -> {}), "kept");
        }
    }

    @Test
    void whateverAnotherPruneDoesAtWhateverMomentWhatIsKeptStays() throws IOException {
        boolean came = true;
        for (int moment = 0; came; moment++) {
            try (Pair pair = new Pair("kept" + moment);
                    ModelWriter running = begunBeforeMark(pair)) {
                passDay(running);
                assertFalse(pair.objects("keeps/").isEmpty());
                int at = moment;
                int[] operations = {0};
                pair.interrupted.interruptWith(() -> {
                    if (operations[0]++ == at) {
                        prune(pair.other, SILENT);
                    }
                });
                prune(pair.one, SILENT);
                came = operations[0] > at;
                assertTrue(came || at > 10, "only " + at + " moments");
                ModelWriter.assertReads(pair.one.chunks(), running.publish(() -> {}), "moment " + moment);
            }
        }
    }

    @Test
    void aRoundThatSleptThroughAnothersMarkAndDeletionMarksNothing() throws IOException {
        try (Pair pair = new Pair("twice")) {
            // Two packs hold the same chunks; each machine has its own first, so the newest place is the other's for
            // each.
            ModelWriter.Published first;
            ModelWriter.Published second;
            try (ModelWriter a = new ModelWriter("web", pair.one, clock);
                    ModelWriter b = new ModelWriter("db", pair.other, clock)) {
                a.write(numbers(0, 3));
                b.write(numbers(0, 3));
                first = a.publish(() -> {});
                second = b.publish(() -> {});
            }
            assertEquals(2, pair.objects("packs/").size());
            boolean[] slept = {false};
            PruneReport report = prune(pair.one, manifest -> {
                try {
                    if (!slept[0]) {
                        slept[0] = true;
                        assertEquals(1, prune(pair.other, SILENT).markedPacks());
                        clock.advance(DAY);
                        assertEquals(1, prune(pair.other, SILENT).deletedPacks());
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertEquals(0, report.markedPacks());
            assertTrue(report.problems().get(0).startsWith("another prune"), report.toString());
            assertEquals(List.of(), pair.objects("marks/"));
            prune(pair.one, SILENT);
            assertEquals(1, pair.objects("packs/").size());
            ModelWriter.assertReads(pair.one.chunks(), first, "first");
            ModelWriter.assertReads(pair.other.chunks(), second, "second");
        }
    }

    @Test
    void aKeepThatWouldComeTooLateIsNotPut() throws IOException {
        try (Pair pair = new Pair("late");
                ModelWriter running = begunBeforeMark(pair)) {
            clock.advance(DAY);
            RefusedException e = assertThrows(RefusedException.class, running::tick);
            assertTrue(e.getMessage().startsWith("the backup stood still for 1440 minutes"), e.getMessage());
            assertEquals(List.of(), pair.objects("keeps/"));
        }
    }

    @Test
    void aBackupWhosePacksAreGoneWithoutAMarkPublishesNothing() throws IOException {
        try (Pair pair = new Pair("gone")) {
            backup(pair.one, "web", 0, 40);
            Set<PackId> before = pair.one.indexView().packs();
            try (ModelWriter running = new ModelWriter("db", pair.other, clock)) {
                running.write(numbers(0, 40));
                for (PackId pack : before) {
                    pair.one.packAccess().delete(pack);
                }
                RefusedException e = assertThrows(RefusedException.class, () -> running.publish(() -> {}));
                assertTrue(e.getMessage().contains("were deleted since it began; run it again"), e.getMessage());
            }
            assertEquals(1, pair.objects("snapshots/").size());
        }
    }
}
