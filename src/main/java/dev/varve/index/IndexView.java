package dev.varve.index;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The index as it was at one moment: a fixed set of open segments. Never changes, whatever is published or merged
 * meanwhile, so ordinals may be kept (one bit a chunk in {@code check} and {@code prune}).
 *
 * <p>Thread safe, no locks. Nothing to close. A damaged page met on the way is a CorruptException; {@link ChunkIndex} goes
 * on without that segment.
 */
public final class IndexView {
    static final IndexView EMPTY = new IndexView(List.of(), Set.of());

    private final Segment[] newestFirst;
    private final long[] ordinalBases;
    private final long ordinalCount;
    private final Set<PackId> dropped;

    /** @param dropped packs whose entries do not count */
    IndexView(List<Segment> newestFirst, Set<PackId> dropped) {
        this.dropped = dropped;
        this.newestFirst = newestFirst.toArray(new Segment[0]);
        this.ordinalBases = new long[this.newestFirst.length];
        long next = 0;
        for (int i = 0; i < ordinalBases.length; i++) {
            ordinalBases[i] = next;
            next += this.newestFirst[i].size();
        }
        this.ordinalCount = next;
    }

    /** Where a chunk lies, or null. */
    public ChunkLocation find(ChunkId id) throws CorruptException {
        return find(id, location -> true);
    }

    /** The newest of a chunk's locations that is acceptable, or null. */
    public ChunkLocation find(ChunkId id, Predicate<ChunkLocation> acceptable) throws CorruptException {
        for (Segment segment : newestFirst) {
            Located located = segment.find(id);
            if (located != null && counts(located) && acceptable.test(located.location())) {
                return located.location();
            }
        }
        return null;
    }

    public boolean contains(ChunkId id) throws CorruptException {
        return find(id) != null;
    }

    /** A chunk's number in {@code [0, ordinalCount())}, no two chunks having the same, or −1 when absent. */
    public long ordinal(ChunkId id) throws CorruptException {
        return ordinal(id, location -> true);
    }

    /** The ordinal of the newest of a chunk's locations that is acceptable, or −1. */
    public long ordinal(ChunkId id, Predicate<ChunkLocation> acceptable) throws CorruptException {
        for (int i = 0; i < newestFirst.length; i++) {
            Located located = newestFirst[i].find(id);
            if (located != null && counts(located) && acceptable.test(located.location())) {
                return ordinalBases[i] + located.ordinal();
            }
        }
        return -1;
    }

    private boolean counts(Located located) {
        return dropped.isEmpty() || !dropped.contains(located.location().pack());
    }

    /** The sum of all segments' entries; a chunk listed in several counts more than once, so it bounds the chunks. */
    public long ordinalCount() {
        return ordinalCount;
    }

    /** Whether some segment was written from this pack, even if it has no entry of it. */
    public boolean coversPack(PackId pack) {
        for (Segment segment : newestFirst) {
            if (segment.coversPack(pack)) {
                return !dropped.contains(pack);
            }
        }
        return false;
    }

    /** All packs that some segment covers. A new set, about 100 bytes a pack. */
    public Set<PackId> packs() {
        Set<PackId> packs = new HashSet<>();
        for (Segment segment : newestFirst) {
            packs.addAll(Arrays.asList(segment.packs()));
        }
        packs.removeAll(dropped);
        return packs;
    }

    /** Visits every chunk once, in key order, with its newest location. Memory: about 200 KiB a segment. */
    public void forEach(EntryVisitor visitor) throws IOException {
        EntryMerge merge = new EntryMerge(List.of(newestFirst), ordinalBases, dropped, pack -> {});
        while (merge.next()) {
            visitor.visit(merge.id(), merge.location(), merge.ordinal());
        }
    }

    /** Visits every location of every chunk, in no order, with its ordinal. Memory: about 200 KiB. */
    public void forEachLocation(EntryVisitor visitor) throws IOException {
        for (int i = 0; i < newestFirst.length; i++) {
            Segment.SegmentCursor cursor = newestFirst[i].cursor();
            while (cursor.next()) {
                if (counts(cursor.located())) {
                    visitor.visit(
                            cursor.id(),
                            cursor.located().location(),
                            ordinalBases[i] + cursor.located().ordinal());
                }
            }
        }
    }

    public int segmentCount() {
        return newestFirst.length;
    }

    /** Packs whose entries do not count. */
    Set<PackId> dropped() {
        return dropped;
    }

    /** Newest first. */
    List<Segment> segments() {
        return List.of(newestFirst);
    }
}
