package dev.varve.check;

import dev.varve.index.IndexView;
import dev.varve.model.ChunkId;
import dev.varve.snapshot.VolumeVerifier;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** Remembers by the chunk's ordinal in the index what was found whole. Memory: a bit a chunk, 12.5 MB for 100 million, and the hurt chunks. Thread safe. */
final class ChunkLedger implements VolumeVerifier.Ledger {
    private final List<IndexView> indexes;
    private final Set<ChunkId> hurt;
    private final AtomicLongArray whole;
    private final Set<ChunkId> hurtAndNeeded = ConcurrentHashMap.newKeySet();

    /**
     * @param indexes of all tiers
     * @param hurt chunks of which every place is damaged
     */
    ChunkLedger(List<IndexView> indexes, Set<ChunkId> hurt) {
        long places = indexes.stream().mapToLong(IndexView::ordinalCount).sum();
        if (places > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("more than " + Integer.MAX_VALUE + " chunks");
        }
        this.indexes = List.copyOf(indexes);
        this.hurt = hurt;
        this.whole = new AtomicLongArray((int) (places / Long.SIZE) + 1);
    }

    /** The same for a chunk each time, or −1 for one that is nowhere. */
    private long ordinal(ChunkId id) throws IOException {
        long before = 0;
        for (IndexView index : indexes) {
            long ordinal = index.ordinal(id);
            if (ordinal >= 0) {
                return before + ordinal;
            }
            before += index.ordinalCount();
        }
        return -1;
    }

    @Override
    public boolean isGood(ChunkId id) throws IOException {
        if (hurt.contains(id)) {
            hurtAndNeeded.add(id);
            return false;
        }
        return ordinal(id) >= 0;
    }

    /** Those of the hurt chunks that some snapshot refers to. */
    Set<ChunkId> hurtAndNeeded() {
        return hurtAndNeeded;
    }

    @Override
    public boolean isWhole(ChunkId id) throws IOException {
        long ordinal = ordinal(id);
        return ordinal >= 0 && (whole.get(word(ordinal)) & bit(ordinal)) != 0 && !hurt.contains(id);
    }

    @Override
    public void markWhole(ChunkId id) throws IOException {
        long ordinal = ordinal(id);
        whole.accumulateAndGet(word(ordinal), bit(ordinal), (before, added) -> before | added);
    }

    private static int word(long ordinal) {
        return (int) (ordinal / Long.SIZE);
    }

    private static long bit(long ordinal) {
        return 1L << ordinal % Long.SIZE;
    }
}
