package dev.varve.tiering;

import dev.varve.index.IndexView;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.repository.ChunkSource;
import dev.varve.repository.NotedChunks;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.snapshot.VolumeVerifier;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which snapshots some tiers hold whole, by their indexes. What snapshots share is walked once. Not thread safe. Memory: a bit for each
 * place in them, and a cache of 64 MiB.
 */
final class WholeSnapshots {
    private static final long CACHE_BYTES = 64L << 20;

    private final List<IndexView> tiers;
    private final Predicate<ChunkLocation> counts;
    private final BitSet whole;
    private final VolumeVerifier verifier;
    private boolean lacking;

    /**
     * @param tiers that are to hold the snapshots together
     * @param counts which places count
     */
    WholeSnapshots(List<IndexView> tiers, Predicate<ChunkLocation> counts, ChunkSource chunks) {
        long places = tiers.stream().mapToLong(IndexView::ordinalCount).sum();
        if (places > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("more than " + Integer.MAX_VALUE + " places");
        }
        this.tiers = List.copyOf(tiers);
        this.counts = counts;
        this.whole = new BitSet((int) places);
        this.verifier = new VolumeVerifier(
                new NotedChunks(chunks, this::place), VolumeCache.ofBytes(CACHE_BYTES), new Ledger());
    }

    boolean isWhole(Manifest manifest) throws IOException {
        lacking = false;
        for (VolumeRecord volume : manifest.volumes()) {
            verifier.verify(volume, new Findings());
        }
        return !lacking;
    }

    /** Whatever is read on the way must be there, too. */
    private long place(ChunkId id) throws IOException {
        long before = 0;
        for (IndexView tier : tiers) {
            long ordinal = tier.ordinal(id, counts);
            if (ordinal >= 0) {
                return before + ordinal;
            }
            before += tier.ordinalCount();
        }
        lacking = true;
        return -1;
    }

    private final class Ledger implements VolumeVerifier.Ledger {
        @Override
        public boolean isGood(ChunkId id) throws IOException {
            return place(id) >= 0;
        }

        @Override
        public boolean isWhole(ChunkId id) throws IOException {
            long ordinal = place(id);
            return ordinal >= 0 && whole.get((int) ordinal);
        }

        @Override
        public void markWhole(ChunkId id) throws IOException {
            long ordinal = place(id);
            if (ordinal >= 0) {
                whole.set((int) ordinal);
            }
        }
    }

    private final class Findings implements VolumeVerifier.Damage {
        @Override
        public void inode(long number, String reason) {
            lacking = true;
        }

        @Override
        public void inodePage(long pageNumber, String reason) {
            lacking = true;
        }

        @Override
        public void image(String reason) {
            lacking = true;
        }
    }
}
