package dev.varve.index;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The entries of several segments in key order, each key once, as its newest segment has it. Not thread safe. Memory: one
 * node (about 200 KiB) a segment.
 */
final class EntryMerge {
    private final Set<PackId> dropped;
    private final Consumer<PackId> shadowed;
    private final PriorityQueue<Source> sources = new PriorityQueue<>();
    private ChunkId id;
    private ChunkLocation location;
    private long ordinal;

    /**
     * Begins at the smallest key.
     *
     * @param segments newest first
     * @param bases what to add to each segment's ordinals
     * @param dropped packs whose entries are left out
     * @param shadowed told of every pack that loses an entry to another
     */
    EntryMerge(List<Segment> segments, long[] bases, Set<PackId> dropped, Consumer<PackId> shadowed)
            throws CorruptException {
        this.dropped = dropped;
        this.shadowed = shadowed;
        for (int i = 0; i < segments.size(); i++) {
            advance(new Source(i, bases[i], segments.get(i).cursor()));
        }
    }

    boolean next() throws CorruptException {
        Source newest = sources.poll();
        if (newest == null) {
            return false;
        }
        id = newest.cursor.id();
        location = newest.cursor.located().location();
        ordinal = newest.base + newest.cursor.located().ordinal();
        advance(newest);
        while (!sources.isEmpty() && sources.peek().cursor.id().equals(id)) {
            Source older = sources.poll();
            PackId pack = older.cursor.located().location().pack();
            if (!pack.equals(location.pack())) {
                shadowed.accept(pack);
            }
            advance(older);
        }
        return true;
    }

    private void advance(Source source) throws CorruptException {
        while (source.cursor.next()) {
            if (dropped.isEmpty()
                    || !dropped.contains(source.cursor.located().location().pack())) {
                sources.add(source);
                return;
            }
        }
    }

    ChunkId id() {
        return id;
    }

    ChunkLocation location() {
        return location;
    }

    long ordinal() {
        return ordinal;
    }

    private record Source(int age, long base, Segment.SegmentCursor cursor) implements Comparable<Source> {
        @Override
        public int compareTo(Source other) {
            int order = cursor.id().compareTo(other.cursor.id());
            return order == 0 ? Integer.compare(age, other.age) : order;
        }
    }
}
