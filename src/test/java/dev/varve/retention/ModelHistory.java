package dev.varve.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.Backend;
import dev.varve.backend.Patience;
import dev.varve.backend.memory.MemoryBackend;
import dev.varve.crypto.KeyDerivation;
import dev.varve.model.BackendException;
import dev.varve.model.RefusedException;
import dev.varve.model.VarveException;
import dev.varve.repository.PackAccess;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryOptions;
import dev.varve.repository.TierOpener;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.testing.FakeClock;
import dev.varve.testing.FaultyBackend;
import dev.varve.testing.ForwardingBackends;
import dev.varve.testing.InterruptedBackend;
import dev.varve.tiering.ApplyOptions;
import dev.varve.tiering.CopyOptions;
import dev.varve.tiering.CopyReport;
import dev.varve.tiering.TierApply;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One random history of two machines and a reader on one repository: backups that take long, forgetting, prunes that are killed,
 * prunes during backups and backups during prunes, lost indexes, clocks that jump.
 */
final class ModelHistory {
    private static final KeyDerivation QUICK = new KeyDerivation(64, 1, 1);
    private static final Consumer<Manifest> SILENT = manifest -> {};
    private static final int STEPS = 16;
    private static final Duration[] GRACES = {
        Duration.ofHours(2), Duration.ofHours(3), Duration.ofHours(24), Duration.ofHours(48)
    };

    /** Things that must have happened somewhere in a thousand histories. */
    enum Event {
        PUBLISHED,
        REFUSED,
        TOOK_OVER,
        LOOKED_UP_INSTEAD,
        DELETED,
        REVIVED,
        REPACKED,
        KEPT,
        KILLED_PRUNE,
        PUBLISHED_DURING_PRUNE,
        PRUNED_DURING_PRUNE,
        LOST_INDEX,
        MOVED,
        DELETED_AFTER_MOVE,
        READ_FROM_COLD_ALONE
    }

    private final Random random;
    private final Path directory;
    private final FakeClock clock = new FakeClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final MemoryBackend objects = new MemoryBackend();
    private final MemoryBackend cold = new MemoryBackend();
    private final FaultyBackend coldFaults = new FaultyBackend(cold);
    private final RepositoryOptions options = new RepositoryOptions(1 << 20, 1, 6 << 10, 16).with(new TierOpener() {
        @Override
        public Backend open(String address, Patience patience) {
            return ForwardingBackends.unclosed(coldFaults);
        }

        @Override
        public Backend create(String address) {
            return ForwardingBackends.unclosed(coldFaults);
        }
    });
    private final Map<String, ModelWriter.Published> expected = new TreeMap<>();
    private final Machine[] machines = new Machine[2];
    private Repository reader;
    private long[] happened;

    private final class Machine {
        private final String host;
        private final FaultyBackend faults = new FaultyBackend(objects);
        private final InterruptedBackend backend = new InterruptedBackend(faults);
        private Path index;
        private Repository repository;
        private ModelWriter writer;

        Machine(String host) throws IOException {
            this.host = host;
            index = directory.resolve(host);
            open();
        }

        void open() throws IOException {
            repository = Repository.open(backend, index, null, options);
        }

        /** As after kill -9: what the session had not stored is lost, and perhaps the index. */
        void restart() throws IOException {
            faults.heal();
            if (writer != null) {
                writer.close();
                writer = null;
            }
            repository.close();
            if (random.nextInt(4) == 0) {
                index = directory.resolve(host + random.nextInt(1 << 30));
                happened[Event.LOST_INDEX.ordinal()]++;
            }
            open();
        }
    }

    ModelHistory(long seed, Path directory) {
        this.random = new Random(seed);
        this.directory = directory;
    }

    void run(long[] counts) throws IOException {
        happened = counts;
        Repository.create(objects, directory.resolve("first"), null, QUICK).close();
        if (random.nextInt(3) > 0) {
            try (Repository made = Repository.open(objects, directory.resolve("first"), null, options)) {
                made.tierChanges().add("cold", "cold", 1 << 20, clock.instant());
            }
        }
        machines[0] = new Machine("a");
        machines[1] = new Machine("b");
        reader = Repository.open(objects, directory.resolve("reader"), null, options);
        try {
            for (int step = 0; step < STEPS; step++) {
                step(machines[random.nextInt(2)]);
            }
            finish();
        } finally {
            for (Machine machine : machines) {
                machine.restart();
                machine.repository.close();
            }
            reader.close();
            RetentionModelTest.delete(directory);
        }
    }

    private void step(Machine machine) throws IOException {
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> backup(machine);
            case 3 -> publish(machine);
            case 4, 5 -> forget(machine);
            case 6 -> prune(machine);
            case 7 -> {
                if (machine.repository.tiers().isEmpty()) {
                    prune(machine);
                } else {
                    moveToTier(machine);
                }
            }
            case 8 -> pass(Duration.ofHours(1 + random.nextInt(60)));
            default -> {
                if (random.nextInt(3) == 0) {
                    machine.restart();
                } else if (random.nextInt(3) == 0) {
                    clock.advance(Duration.ofMinutes(random.nextInt(300))); // asleep: nobody looks meanwhile
                }
                readAll(reader, "reader");
            }
        }
    }

    /** Time passes, and backups that run look around as they should. */
    private void pass(Duration time) throws IOException {
        for (Duration left = time; !left.isNegative() && !left.isZero(); left = left.minusMinutes(10)) {
            clock.advance(Duration.ofMinutes(10));
            for (Machine machine : machines) {
                if (machine.writer != null) {
                    refusing(machine, () -> machine.writer.tick());
                }
            }
        }
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    /** A backup that gives up is no failure: it published nothing. */
    private void refusing(Machine machine, Action action) throws IOException {
        try {
            action.run();
        } catch (RefusedException e) {
            happened[Event.REFUSED.ordinal()]++;
            machine.writer.close();
            machine.writer = null;
        }
    }

    /** Begins a backup, or does a part of the one that runs. */
    private void backup(Machine machine) throws IOException {
        if (machine.writer == null) {
            machine.writer = ModelWriter.countingOnTiers(machine.host, machine.repository, clock);
        }
        refusing(machine, () -> {
            if (!expected.isEmpty() && random.nextInt(3) == 0) {
                ModelWriter.Published base = any();
                if (machine.writer.takeOver(base, random.nextInt(base.contents().size()))) {
                    happened[Event.TOOK_OVER.ordinal()]++;
                    return;
                }
                happened[Event.LOOKED_UP_INSTEAD.ordinal()]++;
            }
            List<Integer> numbers = new ArrayList<>();
            int first = random.nextInt(60);
            for (int i = 0; i < 1 + random.nextInt(14); i++) {
                numbers.add(first + random.nextInt(14));
            }
            machine.writer.write(numbers);
        });
        if (random.nextBoolean()) {
            publish(machine);
        }
    }

    private ModelWriter.Published any() {
        List<ModelWriter.Published> all = new ArrayList<>(expected.values());
        return all.get(random.nextInt(all.size()));
    }

    private void publish(Machine machine) throws IOException {
        ModelWriter writer = machine.writer;
        if (writer == null) {
            return;
        }
        if (random.nextInt(3) == 0) {
            pass(Duration.ofHours(random.nextInt(4)));
        }
        if (machine.writer == null) {
            return;
        }
        refusing(machine, () -> {
            ModelWriter.Published published =
                    writer.publish(() -> clock.advance(Duration.ofMinutes(random.nextInt(12) == 0 ? 70 : 2)));
            expected.put(published.manifest().objectName(), published);
            happened[Event.PUBLISHED.ordinal()]++;
        });
        machine.writer = null;
    }

    private void forget(Machine machine) throws IOException {
        if (expected.isEmpty()) {
            return;
        }
        ModelWriter.Published gone = any();
        new Forgetting(machine.repository).forget(gone.manifest());
        expected.remove(gone.manifest().objectName());
    }

    private void prune(Machine machine) throws IOException {
        if (random.nextInt(3) == 0) {
            pass(Duration.ofHours(2 + random.nextInt(24)));
        }
        PruneOptions pruning = new PruneOptions(
                GRACES[random.nextInt(GRACES.length)], random.nextBoolean() ? 1 << 20 : 3000, random.nextInt(8) == 0);
        Machine other = machine == machines[0] ? machines[1] : machines[0];
        boolean killed = random.nextInt(3) == 0;
        int interruptAt = random.nextInt(60);
        int[] operations = {0};
        if (random.nextBoolean()) {
            machine.backend.interruptWith(() -> {
                if (operations[0]++ == interruptAt) {
                    interrupt(other);
                }
            });
        }
        if (killed) {
            machine.faults.crashAfterOperations(random.nextInt(120));
        }
        long keepsBefore = count("keeps/");
        try {
            List<PackAccess> tiers = machine.repository.packsOfTiers();
            PackAccess tier = tiers.get(random.nextInt(tiers.size()));
            PruneReport report = new Pruning(machine.repository, tier, null, pruning, clock, SILENT).run();
            assertEquals(
                    List.of(),
                    report.problems().stream()
                            .filter(problem -> !problem.startsWith("another prune"))
                            .toList());
            happened[Event.DELETED.ordinal()] += pruning.dryRun() ? 0 : report.deletedPacks();
            happened[Event.REVIVED.ordinal()] += report.revivedPacks();
            happened[Event.REPACKED.ordinal()] += report.repackedPacks();
        } catch (BackendException e) {
            assertTrue(killed, e.getMessage());
            happened[Event.KILLED_PRUNE.ordinal()]++;
        } finally {
            machine.backend.interruptWith(() -> {});
        }
        happened[Event.KEPT.ordinal()] += keepsBefore;
        if (killed) {
            machine.restart();
        }
        machine.faults.heal();
    }

    /** What the other machine does in the midst of a prune, which may take long. */
    private void interrupt(Machine other) throws IOException {
        if (random.nextInt(3) == 0) {
            pass(Duration.ofHours(random.nextInt(60)));
        }
        int what = random.nextInt(6);
        if (what < 2) {
            forget(other);
        } else if (what < 4) {
            for (int i = 0; i < 1 + random.nextInt(2); i++) {
                new Pruning(
                                other.repository,
                                new PruneOptions(GRACES[random.nextInt(GRACES.length)], 1 << 20, false),
                                clock,
                                SILENT)
                        .run();
                pass(Duration.ofHours(random.nextInt(30)));
            }
            happened[Event.PRUNED_DURING_PRUNE.ordinal()]++;
        } else {
            long before = happened[Event.PUBLISHED.ordinal()];
            backup(other);
            happened[Event.PUBLISHED_DURING_PRUNE.ordinal()] += happened[Event.PUBLISHED.ordinal()] - before;
        }
    }

    private long count(String prefix) {
        long[] count = {0};
        objects.list(prefix, object -> count[0]++);
        return count[0];
    }

    /** Copies to the cold tier and lets data leave the hot one, or is killed at that. */
    private void moveToTier(Machine machine) throws IOException {
        boolean killed = random.nextInt(3) == 0;
        if (killed) {
            (random.nextBoolean() ? coldFaults : machine.faults).crashAfterOperations(random.nextInt(60));
        }
        ApplyOptions apply = new ApplyOptions(
                Duration.ofHours(random.nextInt(100)),
                Duration.ZERO,
                new CopyOptions(random.nextInt(4) == 0 ? 5000 : Long.MAX_VALUE, null, false),
                new PruneOptions(
                        Duration.ofHours(2 + random.nextInt(30)), random.nextBoolean() ? 1 << 20 : 3000, false));
        try {
            TierApply.Report report =
                    new TierApply(machine.repository, apply, clock, doing -> {}).run(machine.repository.tiers());
            for (CopyReport copy : report.copies()) {
                happened[Event.MOVED.ordinal()] += copy.chunks();
                assertEquals(List.of(), copy.problems());
            }
            happened[Event.DELETED_AFTER_MOVE.ordinal()] += report.hot().deletedPacks();
        } catch (BackendException e) {
            assertTrue(killed, e.getMessage());
        } catch (RefusedException e) {
            happened[Event.REFUSED.ordinal()]++;
        }
        coldFaults.heal();
        if (killed) {
            machine.restart();
        }
        machine.faults.heal();
    }

    private void readAll(Repository repository, String what) throws IOException {
        SnapshotCatalog catalog = new SnapshotCatalog(repository.manifests());
        Set<String> there = new HashSet<>();
        catalog.snapshots().forEach(manifest -> there.add(manifest.objectName()));
        assertEquals(expected.keySet(), there, what);
        for (ModelWriter.Published snapshot : expected.values()) {
            try {
                ModelWriter.assertReads(repository.chunks(), snapshot, what);
            } catch (IOException e) {
                throw new IOException(what + (isLost(snapshot) ? ", lost: " : ", not found: ") + e.getMessage(), e);
            }
        }
    }

    /** Whether it is not there for anybody. */
    private boolean isLost(ModelWriter.Published snapshot) throws IOException {
        try (Repository fresh =
                Repository.open(objects, directory.resolve("lost" + random.nextInt(1 << 30)), null, options)) {
            ModelWriter.assertReads(fresh.chunks(), snapshot, "fresh");
            return false;
        } catch (BackendException e) {
            throw e;
        } catch (VarveException e) {
            return true;
        }
    }

    private void pruneAll(Machine machine, PruneOptions pruning) throws IOException {
        for (PackAccess tier : machine.repository.packsOfTiers()) {
            PruneReport report = new Pruning(machine.repository, tier, null, pruning, clock, SILENT).run();
            assertEquals(List.of(), report.problems());
        }
    }

    /** The cold tier by itself gives back everything. */
    private void readFromCold() throws IOException {
        if (machines[0].repository.tiers().isEmpty()) {
            return;
        }
        ApplyOptions apply = new ApplyOptions(
                Duration.ofDays(1000),
                Duration.ZERO,
                new CopyOptions(Long.MAX_VALUE, null, false),
                new PruneOptions(Duration.ofHours(2), 0, false));
        TierApply.Report report =
                new TierApply(machines[0].repository, apply, clock, doing -> {}).run(machines[0].repository.tiers());
        assertEquals(List.of(), report.problems());
        assertEquals(0, report.copies().get(0).waiting(), "snapshots that are not whole in the cold tier");
        try (Repository alone =
                Repository.open(ForwardingBackends.unclosed(cold), directory.resolve("alone"), null, options)) {
            readAll(alone, "the cold tier alone");
            happened[Event.READ_FROM_COLD_ALONE.ordinal()]++;
        }
    }

    private void finish() throws IOException {
        for (Machine machine : machines) {
            machine.restart();
        }
        PruneOptions now = new PruneOptions(Duration.ZERO, 1 << 30, false);
        clock.advance(Duration.ofHours(2));
        pruneAll(machines[0], now);
        pruneAll(machines[1], now);
        pruneAll(machines[1], now);
        assertEquals(0, count("marks/"), "marks");
        assertEquals(0, count("keeps/"), "keeps");
        List<String> problems = new ArrayList<>();
        PackAccess hot = machines[1].repository.packAccess();
        PruneRound round = new PruneRound(machines[1].repository, hot, null, SILENT, problems);
        assertEquals(Set.of(), round.dead(problems), "garbage");
        assertEquals(
                Set.of(),
                new Repacking(machines[1].repository, hot, round, clock).choose(Long.MAX_VALUE, problems),
                "dead share");
        assertEquals(List.of(), problems);
        readAll(reader, "the reader that was always there");
        readAll(machines[0].repository, "a");
        readAll(machines[1].repository, "b");
        try (Repository fresh = Repository.open(objects, directory.resolve("fresh"), null, options)) {
            readAll(fresh, "a fresh reader");
        }
        if (expected.isEmpty()) {
            assertEquals(0, count("packs/"), "packs of nothing");
        }
        readFromCold();
    }
}
