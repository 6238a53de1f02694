package dev.varve.retention;

import dev.varve.model.PackId;
import dev.varve.model.RefusedException;
import dev.varve.model.VarveException;
import dev.varve.repository.PackAccess;
import dev.varve.repository.PackMarks;
import dev.varve.repository.PruneMark;
import dev.varve.repository.Repository;
import dev.varve.repository.SnapshotLabels;
import dev.varve.snapshot.Manifest;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Deletes packs that no snapshot needs, in two phases and without locks (docs/decisions, "Pruning beside backups"): those marked
 * longer ago than the grace period are looked at again and deleted; those found dead now are marked; of those that are mostly dead
 * the rest is written anew first. Used once. Killed at any point nothing is lost, and the next prune goes on.
 */
public final class Pruning {
    /** Between the look at the other marks and a new one's being stored: other prunes rely on it. */
    private static final Duration MARK_DEADLINE = Duration.ofMinutes(10);

    /** No clock that is right shows an earlier time; a machine without one begins in 1970, and its marks would look old at once. */
    private static final Instant EARLIEST = Instant.parse("2024-01-01T00:00:00Z");

    private final Repository repository;
    private final HotPolicy policy;
    private final PruneOptions options;
    private final Clock clock;
    private final Consumer<Manifest> progress;
    private final PackMarks marks;
    private final PackAccess access;
    private final List<String> problems = new ArrayList<>();
    private long deletedPacks;
    private long deletedBytes;
    private long markedPacks;
    private long markedBytes;
    private long revivedPacks;
    private long repackedPacks;
    private long repackedBytes;

    /**
     * Of the hot tier.
     *
     * @param progress told of each snapshot before it is walked
     */
    public Pruning(Repository repository, PruneOptions options, Clock clock, Consumer<Manifest> progress) {
        this(repository, repository.packAccess(), null, options, clock, progress);
    }

    /**
     * @param access the packs of one tier
     * @param policy what data of the hot tier stays that all cold ones have; null for all of it
     */
    public Pruning(
            Repository repository,
            PackAccess access,
            HotPolicy policy,
            PruneOptions options,
            Clock clock,
            Consumer<Manifest> progress) {
        this.repository = repository;
        this.policy = policy;
        this.options = options;
        this.clock = clock;
        this.progress = progress;
        this.marks = repository.marks();
        this.access = access;
    }

    /**
     * Prunes.
     *
     * @throws RefusedException if it can't be known what some snapshot needs, or the clock is wrong
     */
    public PruneReport run() throws IOException {
        if (clock.instant().isBefore(EARLIEST)) {
            throw new RefusedException("this machine's clock says " + clock.instant() + "; set it before pruning");
        }
        if (options.dryRun()) {
            return prune();
        }
        repository.reserve().releaseIfShort();
        if (!access.isHot()) {
            repository.mirror(access).forget();
        }
        sweep();
        PruneReport report = prune();
        repository.reserve().restore();
        return report;
    }

    private PruneReport prune() throws IOException {
        Instant looked = clock.instant();
        PruneRound round = new PruneRound(repository, access, policy, progress, problems);
        deleteDue(round, looked);
        round = mark(round, round.dead(problems));
        Repacking repacking = new Repacking(repository, access, round, clock);
        Set<PackId> chosen = repacking.choose(options.maxRepackBytes(), problems);
        if (!chosen.isEmpty()) {
            Set<PackId> copied = options.dryRun() ? chosen : repacking.run(chosen, problems);
            for (PackId pack : copied) {
                repackedPacks++;
                repackedBytes += round.uses().get(pack).neededBytes();
            }
            round = mark(round, copied);
        }
        return report(round);
    }

    private PruneReport report(PruneRound round) {
        Set<PackId> waiting = new HashSet<>(round.marked());
        waiting.removeIf(pack -> round.size(pack) == 0);
        long bytes = waiting.stream().mapToLong(round::size).sum();
        return new PruneReport(
                deletedPacks,
                deletedBytes,
                markedPacks,
                markedBytes,
                Math.max(0, waiting.size() - markedPacks),
                Math.max(0, bytes - markedBytes),
                revivedPacks,
                repackedPacks,
                repackedBytes,
                round.neededBytes(),
                problems.stream().distinct().toList());
    }

    /** What a kill or damage has left: labels of snapshots that are gone, keeps of marks that are gone, marks that say nothing. */
    private void sweep() throws IOException {
        SnapshotLabels.All labels = repository.labels().all();
        Set<String> snapshots = new HashSet<>(repository.manifests().list());
        for (String snapshot : labels.bySnapshot().keySet()) {
            if (!snapshots.contains(snapshot)) {
                repository.labels().removeAll(snapshot);
            }
        }
        marks.removeLooseKeeps();
        for (VarveException problem : marks.removeDamaged()) {
            problems.add(problem.getMessage());
        }
    }

    /**
     * Marks that do not count are taken back: of two that were made without knowing of each other one, and any of the future.
     *
     * @param looked when the round began: a mark must have been due by then, for what was kept and published later is not in it
     */
    private void deleteDue(PruneRound round, Instant looked) throws IOException {
        Map<String, PruneMark> standing = round.marks();
        Set<String> voided = new TreeSet<>();
        for (PruneMark mark : standing.values()) {
            boolean isFuture = mark.time().isAfter(clock.instant().plus(RetentionPolicy.TOLERANCE));
            if (isFuture || standing.values().stream().anyMatch(mark::isVoidBeside)) {
                voided.add(mark.objectName());
            }
        }
        Set<PackId> gone = new HashSet<>();
        for (PruneMark mark : standing.values()) {
            if (!mark.tier().equals(access.tierId())) {
                continue;
            }
            boolean isDue = !looked.isBefore(mark.time().plus(options.grace()));
            if (isDue && !voided.contains(mark.objectName())) {
                gone.addAll(delete(round, mark));
            }
        }
        if (!options.dryRun()) {
            for (String name : voided) {
                round.retire(standing.get(name));
            }
            if (!gone.isEmpty()) {
                access.dropFromIndex(gone);
            }
        }
    }

    private Set<PackId> delete(PruneRound round, PruneMark mark) throws IOException {
        Set<PackId> deletable = round.deletable(mark, problems);
        for (PackId pack : deletable) {
            deletedPacks++;
            deletedBytes += round.size(pack);
            if (!options.dryRun()) {
                access.delete(pack);
            }
            round.deleted(pack);
        }
        revivedPacks +=
                mark.packs().stream().filter(pack -> round.size(pack) > 0).count();
        if (!options.dryRun()) {
            round.retire(mark);
        }
        return deletable;
    }

    /**
     * Marks packs, and where no grace is asked for deletes them, after another look.
     *
     * @return the round as it is then
     */
    private PruneRound mark(PruneRound round, Set<PackId> packs) throws IOException {
        if (packs.isEmpty()) {
            return round;
        }
        long bytes = packs.stream().mapToLong(round::size).sum();
        if (options.dryRun()) {
            boolean atOnce = options.grace().isZero();
            deletedPacks += atOnce ? packs.size() : 0;
            deletedBytes += atOnce ? bytes : 0;
            markedPacks += atOnce ? 0 : packs.size();
            markedBytes += atOnce ? 0 : bytes;
            return round;
        }
        List<PackId> all = new ArrayList<>(packs);
        for (int from = 0; from < all.size(); from += PruneMark.MAX_PACKS) {
            Set<PackId> some = new HashSet<>(all.subList(from, Math.min(all.size(), from + PruneMark.MAX_PACKS)));
            if (!put(round, some)) {
                problems.add("another prune marks or deletes packs at the same time; run this one again later");
                return round;
            }
        }
        if (!options.grace().isZero()) {
            markedPacks += packs.size();
            markedBytes += bytes;
            return round;
        }
        Instant looked = clock.instant();
        PruneRound again = new PruneRound(repository, access, policy, progress, problems);
        deleteDue(again, looked);
        return again;
    }

    /**
     * Marks first, then packs: a mark that came since this round began stands, or its packs are gone. What they held lies, perhaps, only
     * in packs that are dead for this round.
     *
     * @return false if marks have come that this round does not know, or have come and been acted upon
     */
    private boolean put(PruneRound round, Set<PackId> packs) throws IOException {
        Instant start = clock.instant();
        long startNanos = System.nanoTime();
        Set<String> known = round.marks().keySet();
        if (!known.containsAll(marks.names()) || !round.isIntact()) {
            return false;
        }
        PruneMark mark = marks.put(access.tierId(), start, round.snapshots(), known, packs);
        Duration running = Duration.ofNanos(System.nanoTime() - startNanos);
        Duration wall = Duration.between(start, clock.instant());
        if (running.compareTo(MARK_DEADLINE) > 0 || wall.compareTo(MARK_DEADLINE) > 0) {
            marks.remove(mark.objectName());
            return false;
        }
        round.made(mark);
        return true;
    }
}
