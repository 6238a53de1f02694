package dev.varve.index;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a running backup adds to the index, in memory, until it is published. A chunk is first claimed, which settles which
 * of several workers stores it, and gets its location when its pack is finished.
 *
 * <p>It never refuses an entry: chunks of packs that are still under way can't be published, however many they are. So what
 * bounds it is its capacity and the packs (of at most {@code PackFormat.TARGET_CHUNKS} chunks) that its user has under way.
 *
 * <p>Thread safe: sixteen parts by the top bits of the id, each behind its own monitor; so the parts are also in key order.
 * Memory: 70 to 140 bytes an entry, in primitive arrays that grow by doubling.
 */
public final class IndexDelta {
    /** The most that any delta may be made for. */
    public static final int MAX_CAPACITY = 1 << 23;

    private static final int STRIPE_BITS = 4;

    private final int capacity;
    private final DeltaPacks packs = new DeltaPacks();
    private final DeltaStripe[] stripes = new DeltaStripe[1 << STRIPE_BITS];
    private final AtomicInteger size = new AtomicInteger();

    /** @param capacity entries at which {@link #isFull} asks for publishing */
    public IndexDelta(int capacity) {
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException("capacity must be in 1.." + MAX_CAPACITY + ": " + capacity);
        }
        this.capacity = capacity;
        for (int i = 0; i < stripes.length; i++) {
            stripes[i] = new DeltaStripe(packs);
        }
    }

    private DeltaStripe stripe(ChunkId id) {
        return stripes[(int) (id.a() >>> Long.SIZE - STRIPE_BITS)];
    }

    /** Takes a chunk on: true for exactly one caller, who must store it and {@link #resolve} it. */
    public boolean claim(ChunkId id) {
        return counted(stripe(id).claim(id));
    }

    /**
     * Gives a claimed chunk its location. From then on its pack may be published, so the pack must be durable.
     *
     * @throws IllegalStateException unless the chunk is claimed and has no location yet
     */
    public void resolve(ChunkId id, ChunkLocation location) {
        stripe(id).resolve(id, location);
    }

    /** Enters a chunk with its location, unless it is claimed or entered already. */
    public boolean putIfAbsent(ChunkId id, ChunkLocation location) {
        return counted(stripe(id).putIfAbsent(id, location));
    }

    private boolean counted(boolean added) {
        if (added) {
            size.incrementAndGet();
        }
        return added;
    }

    /** Where a chunk lies; null when it is absent or only claimed. */
    public ChunkLocation find(ChunkId id) {
        return stripe(id).find(id);
    }

    /** Whether a chunk is claimed or entered. */
    public boolean contains(ChunkId id) {
        return stripe(id).contains(id);
    }

    /** Chunks claimed or entered. */
    public int size() {
        return size.get();
    }

    /** Whether it is time to publish. */
    public boolean isFull() {
        return size() >= capacity;
    }

    /** Takes the entries of these packs out, after they were published; claims and entries of other packs stay. */
    public void drop(Collection<PackId> published) {
        boolean[] chosen = packs.chosen(published);
        for (DeltaStripe stripe : stripes) {
            size.addAndGet(-stripe.drop(chosen));
        }
    }

    /** Forgets everything, claims included. Not while others use it. */
    public void clear() {
        for (DeltaStripe stripe : stripes) {
            stripe.clear();
        }
        size.set(0);
    }

    /** Entries that lie in these packs. */
    long count(Collection<PackId> some) {
        boolean[] chosen = packs.chosen(some);
        long count = 0;
        for (DeltaStripe stripe : stripes) {
            count += stripe.count(chosen);
        }
        return count;
    }

    /** Writes the entries that lie in these packs, in key order. Memory: a copy of one stripe at a time. */
    void write(Collection<PackId> some, SegmentWriter writer) throws IOException {
        boolean[] chosen = packs.chosen(some);
        for (DeltaStripe stripe : stripes) {
            DeltaStripe.Sorted sorted = stripe.sorted(chosen);
            for (int rank = 0; rank < sorted.size(); rank++) {
                writer.put(sorted.id(rank), sorted.at(rank));
            }
        }
    }
}
