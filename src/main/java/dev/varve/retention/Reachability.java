package dev.varve.retention;

import dev.varve.index.IndexView;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import dev.varve.model.RefusedException;
import dev.varve.repository.ChunkSource;
import dev.varve.repository.NotedChunks;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.snapshot.VolumeVerifier;
import java.io.IOException;
import java.util.BitSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which places of the index some snapshot needs. Every chunk that is referred to, metadata and data, makes one place needed: one
 * in a pack that is not marked, where there is one. What snapshots share is walked once. Not thread safe.
 *
 * <p>Memory: two bits for each place in the index, 25 MB for 100 million chunks (three where young snapshots are told apart), and a cache of 64 MiB.
 */
public final class Reachability implements VolumeVerifier.Ledger {
    private static final long CACHE_BYTES = 64L << 20;

    private final IndexView index;
    private final Predicate<ChunkLocation> unmarked;
    private final BitSet needed;
    private final BitSet whole;
    private BitSet young;
    private final VolumeVerifier verifier;
    private long missing;

    /** @param marked packs that are to be deleted */
    public Reachability(IndexView index, ChunkSource chunks, Set<PackId> marked) {
        if (index.ordinalCount() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("more than " + Integer.MAX_VALUE + " places");
        }
        this.index = index;
        this.unmarked = location -> !marked.contains(location.pack());
        this.needed = new BitSet((int) index.ordinalCount());
        this.whole = new BitSet((int) index.ordinalCount());
        this.verifier = new VolumeVerifier(new NotedChunks(chunks, this::note), VolumeCache.ofBytes(CACHE_BYTES), this);
    }

    /**
     * Walks a snapshot.
     *
     * @throws RefusedException if some of its metadata can't be read: what that refers to is not known then
     */
    public void add(Manifest manifest) throws IOException {
        Findings findings = new Findings();
        for (VolumeRecord volume : manifest.volumes()) {
            verifier.verify(volume, findings);
        }
        if (findings.first != null) {
            throw new RefusedException("snapshot " + manifest.name() + " of host " + manifest.host()
                    + " is damaged, so it is not known what it needs: " + findings.first
                    + "; run varve check, and forget the snapshot if it can't be healed");
        }
    }

    /** Whether this place is needed. */
    public boolean isNeeded(long ordinal) {
        return needed.get((int) ordinal);
    }

    /** Says that the snapshots added so far are the young ones. */
    void endYoung() {
        young = (BitSet) needed.clone();
    }

    /** Whether a young snapshot needs this place. */
    boolean isYoung(long ordinal) {
        return young.get((int) ordinal);
    }

    /** Whether a chunk is needed, or nothing is known of it, and no pack that is not marked has it. */
    boolean needsMarkedPack(ChunkId id) throws IOException {
        if (index.ordinal(id, unmarked) >= 0) {
            return false;
        }
        long marked = index.ordinal(id);
        return marked < 0 || needed.get((int) marked);
    }

    /** The ordinal of a chunk's place in this pack, or −1. */
    public long ordinal(ChunkId id, PackId pack) throws IOException {
        return index.ordinal(id, location -> location.pack().equals(pack));
    }

    /** Where a chunk lies that is needed, in a pack that is not marked; null if it is not needed or lies in none. */
    ChunkLocation neededPlace(ChunkId id) throws IOException {
        long ordinal = index.ordinal(id, unmarked);
        return ordinal >= 0 && needed.get((int) ordinal) ? index.find(id, unmarked) : null;
    }

    /** Whatever is read on the way is needed, too: long attributes, the blocks of indexes. */
    private void note(ChunkId id) throws IOException {
        long ordinal = place(id);
        if (ordinal >= 0) {
            needed.set((int) ordinal);
        }
    }

    /** Data chunks, counted as often as something refers to them, that are nowhere: lost before. */
    long missing() {
        return missing;
    }

    private long place(ChunkId id) throws IOException {
        long ordinal = index.ordinal(id, unmarked);
        return ordinal >= 0 ? ordinal : index.ordinal(id);
    }

    /** A chunk that is referred to. One that is nowhere is as good as any other here: nothing of it can be deleted. */
    @Override
    public boolean isGood(ChunkId id) throws IOException {
        long ordinal = place(id);
        if (ordinal >= 0) {
            needed.set((int) ordinal);
        } else {
            missing++;
        }
        return true;
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
            needed.set((int) ordinal);
            whole.set((int) ordinal);
        }
    }

    private static final class Findings implements VolumeVerifier.Damage {
        private String first;

        private void found(String what) {
            first = first == null ? what : first;
        }

        @Override
        public void inode(long number, String reason) {
            found("inode " + number + ": " + reason);
        }

        @Override
        public void inodePage(long pageNumber, String reason) {
            found("inode page " + pageNumber + ": " + reason);
        }

        @Override
        public void image(String reason) {
            found("image: " + reason);
        }
    }
}
