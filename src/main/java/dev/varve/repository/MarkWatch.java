package dev.varve.repository;

import dev.varve.model.PackId;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a running backup safe from prunes on any machine, without locks (docs/decisions, "Pruning beside backups"). Packs that
 * are marked count as not there. Every {@link #LOOK_EVERY} it looks for new marks. When a new mark names packs that the backup
 * built on before, either the snapshot is published, or a keep is put, within {@link #DEADLINE} of the last look that did not
 * see the mark: long before the shortest grace that is safe ({@link #SHORTEST_SAFE_GRACE}) has passed.
 *
 * <p>Only durations of this process count, by the wall clock or the running time, whichever says more; not what other machines
 * take for the time. Thread safe. Memory: 100 bytes for each pack built on, and the marks.
 */
public final class MarkWatch {
    static final Duration LOOK_EVERY = Duration.ofMinutes(15);
    static final Duration KEEP_AFTER = Duration.ofMinutes(30);
    static final Duration DEADLINE = Duration.ofMinutes(60);

    /** With a shorter grace, a prune is safe only while no backup runs. */
    public static final Duration SHORTEST_SAFE_GRACE = Duration.ofHours(2);

    private final PackMarks marks;
    private final Clock clock;
    private final Set<PackId> excluded = ConcurrentHashMap.newKeySet();
    private final Set<PackId> used = ConcurrentHashMap.newKeySet();

    /** Guarded by this, as all below. */
    private final Set<String> bases = new HashSet<>();

    private Map<String, PruneMark> known;

    /** Marks seen since the start and not yet answered by a keep, with the last look that did not see them. */
    private final Map<String, Moment> pending = new HashMap<>();

    private Moment lastLook;

    private record Moment(Instant wall, long nanos) {}

    /**
     * Looks at the marks there are. The packs must be listed after this.
     *
     * @param avoided more packs that count as not there
     */
    MarkWatch(PackMarks marks, Clock clock, Set<PackId> avoided) throws IOException {
        this.marks = marks;
        this.clock = clock;
        excluded.addAll(avoided);
        lastLook = now();
        known = marks.all(Map.of());
        known.values().forEach(mark -> excluded.addAll(mark.packs()));
    }

    /** Whether a pack may be built on; if so it is noted that it is. */
    boolean accepts(PackId pack) {
        if (excluded.contains(pack)) {
            return false;
        }
        used.add(pack);
        // Noted first, looked again then: a look that excludes it meanwhile finds it noted, or is found here.
        return !excluded.contains(pack);
    }

    boolean avoidsPacks() {
        return !excluded.isEmpty();
    }

    /** Notes a pack of this backup itself, which nothing refers to yet. */
    void wrote(PackId pack) {
        used.add(pack);
    }

    /**
     * Notes that chunks will be taken over from a snapshot without looking each up.
     *
     * @return whether that may be: false when some mark was made without regard to this snapshot, then each must be looked up
     */
    synchronized boolean buildsOn(String manifest) {
        bases.add(manifest);
        return known.values().stream().allMatch(mark -> mark.snapshots().contains(manifest));
    }

    /** To be called now and then. */
    public synchronized void tick() throws IOException {
        if (since(lastLook).compareTo(LOOK_EVERY) >= 0) {
            look();
        }
        for (String name : Set.copyOf(pending.keySet())) {
            if (since(pending.get(name)).compareTo(KEEP_AFTER) >= 0) {
                keep(known.get(name), pending.get(name));
                pending.remove(name);
            }
        }
    }

    /**
     * Looks a last time before what was written is referred to. That must be done by {@link #DEADLINE}: see {@link #isLate}. Lists the
     * packs: whatever has happened, a snapshot that needs one that is gone by now is not published.
     *
     * @throws RefusedException if packs that this backup builds on are gone, or may be deleted already
     */
    public synchronized void settle() throws IOException {
        tick();
        look();
        tick();
        requirePacksThere();
    }

    /** Whether what was published since {@link #settle} came too late to be sure that no prune went without it. */
    public synchronized boolean isLate() {
        if (since(lastLook).compareTo(DEADLINE) > 0) {
            return true;
        }
        return pending.entrySet().stream()
                .anyMatch(entry -> !conflicts(known.get(entry.getKey())).isEmpty()
                        && since(entry.getValue()).compareTo(DEADLINE) > 0);
    }

    private void look() throws IOException {
        Moment before = lastLook;
        Moment start = now();
        Map<String, PruneMark> current = marks.all(known);
        for (PruneMark mark : current.values()) {
            if (!known.containsKey(mark.objectName())) {
                excluded.addAll(mark.packs());
                pending.put(mark.objectName(), before);
            }
        }
        Map<String, PruneMark> all = new HashMap<>(known);
        all.putAll(current);
        known = all;
        lastLook = start;
        if (since(before, start).compareTo(DEADLINE) > 0) {
            requireNothingMissed(before);
        }
    }

    /** After a long sleep: a mark may have come, been acted upon and gone between two looks. */
    private void requireNothingMissed(Moment before) throws IOException {
        if (since(before).compareTo(SHORTEST_SAFE_GRACE) <= 0) {
            return;
        }
        boolean basesThere = true;
        for (String base : bases) {
            basesThere &= marks.isThere(base);
        }
        if (!basesThere) {
            throw stoodStill(before, "in which a prune deleted what it builds on");
        }
        requirePacksThere();
    }

    private void requirePacksThere() throws IOException {
        Set<PackId> missing = marks.missing(Set.copyOf(used));
        if (!missing.isEmpty()) {
            throw new RefusedException("pack " + missing.iterator().next().toHex() + " and " + (missing.size() - 1)
                    + " more that the backup builds on were deleted since it began; run it again");
        }
    }

    /** A keep that comes too late is not put: other prunes may have gone on without it, and would differ over its packs. */
    private void keep(PruneMark mark, Moment lastWithout) throws IOException {
        Set<PackId> needed = conflicts(mark);
        if (needed.isEmpty()) {
            return;
        }
        requireKeepInTime(lastWithout);
        marks.keep(mark.objectName(), needed);
        requireKeepInTime(lastWithout);
    }

    private void requireKeepInTime(Moment lastWithout) throws RefusedException {
        if (since(lastWithout).compareTo(DEADLINE) > 0) {
            throw stoodStill(lastWithout, "while a prune marked what it builds on");
        }
    }

    private RefusedException stoodStill(Moment from, String meanwhile) {
        return new RefusedException(
                "the backup stood still for " + since(from).toMinutes() + " minutes, " + meanwhile + "; run it again");
    }

    /** The packs of a mark that this backup needs; all of them, if it took over from a snapshot that the mark disregards. */
    private Set<PackId> conflicts(PruneMark mark) {
        if (!mark.snapshots().containsAll(bases)) {
            return mark.packs();
        }
        Set<PackId> needed = new HashSet<>(mark.packs());
        needed.retainAll(used);
        return needed;
    }

    private Moment now() {
        return new Moment(clock.instant(), System.nanoTime());
    }

    private Duration since(Moment moment) {
        return since(moment, now());
    }

    private static Duration since(Moment from, Moment to) {
        Duration wall = Duration.between(from.wall(), to.wall());
        Duration running = Duration.ofNanos(to.nanos() - from.nanos());
        return wall.compareTo(running) > 0 ? wall : running;
    }
}
