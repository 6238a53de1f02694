package dev.varve.index;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The entries of several segments in key order, each key once, as its newest segment has it. Not thread safe. Memory: one
 * node (about 200 KiB) a segment.
 */
final class EntryMerge {
    private final PriorityQueue<Source> sources = new PriorityQueue<>();
    private ChunkId id;
    private ChunkLocation location;
    private long ordinal;

    /**
     * Begins at the smallest key.
     *
     * @param segments newest first
     * @param bases what to add to each segment's ordinals
     */
    EntryMerge(List<Segment> segments, long[] bases) throws CorruptException {
        for (int i = 0; i < segments.size(); i++) {
            Source source = new Source(i, bases[i], segments.get(i).cursor());
            if (source.cursor.next()) {
                sources.add(source);
            }
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
            advance(sources.poll());
        }
        return true;
    }

    private void advance(Source source) throws CorruptException {
        if (source.cursor.next()) {
            sources.add(source);
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
