package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.index.ChunkIndex;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.model.VarveException;
import dev.varve.pack.PackReader;
import dev.varve.pack.PackTrailer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Brings the chunk index up to the packs: packs that no segment covers are entered from their trailers, and when packs that it
 * covers are gone they are dropped. So the index may be lost, damaged or old at any time. Memory: 130 bytes a pack for
 * the listing, {@link DeltaPublisher}, and the trailers under way, 80 KiB each.
 */
final class IndexCatchUp {
    /** From so many unknown packs on, those of metadata are told apart first: that takes a request of 32 bytes each. */
    static final int MANY = 64;

    private final Backend backend;
    private final PackReader packs;
    private final ChunkIndex index;
    private final List<VarveException> problems = new ArrayList<>();

    IndexCatchUp(Backend backend, PackReader packs, ChunkIndex index) {
        this.backend = backend;
        this.packs = packs;
        this.index = index;
    }

    /** @param toWrite whether packs that are gone are dropped (a writer must not count on their chunks) */
    void run(boolean toWrite) throws IOException {
        enter(unknown(toWrite, false), toWrite);
    }

    /**
     * As for a reader, and packs of which entries were left out for those of others are entered again: one of the others is gone.
     * What the index knows of that one stays: it tells what was lost.
     */
    void runAfterLoss() throws IOException {
        enter(unknown(false, true), false);
    }

    /**
     * As for a reader who looks for something. Where many packs are unknown, those of metadata come first: they are a hundredth of
     * the whole, and all that is needed to list files. The others stay unknown if it was found then.
     *
     * @return whether all packs were entered that could be
     */
    boolean runUntil(BooleanSupplier found) throws IOException {
        Map<PackId, Long> unknown = unknown(false, false);
        if (unknown.size() >= MANY) {
            Map<PackId, Long> metadata = metadata(unknown);
            enter(metadata, false);
            unknown.keySet().removeAll(metadata.keySet());
            if (found.getAsBoolean()) {
                return unknown.isEmpty();
            }
        }
        enter(unknown, false);
        return true;
    }

    /** Packs that could not be entered. */
    List<VarveException> problems() {
        return problems;
    }

    /** @return packs that are to be entered, with their sizes */
    private Map<PackId, Long> unknown(boolean toWrite, boolean afterLoss) throws IOException {
        index.refresh();
        Map<PackId, Long> stored = new HashMap<>();
        backend.list(ObjectNames.PACKS, object -> {
            PackId id = ObjectNames.packId(object.name());
            if (id != null) {
                stored.put(id, object.sizeBytes());
            }
        });
        Set<PackId> gone = index.packs();
        gone.removeAll(stored.keySet());
        if (toWrite && !gone.isEmpty()) {
            index.drop(gone);
        } else if (afterLoss) {
            index.drop(Set.of());
        }
        stored.keySet().removeAll(index.packs());
        return stored;
    }

    /** A pack whose header can't be read is none: what is wrong with it shows when it is entered. */
    private Map<PackId, Long> metadata(Map<PackId, Long> unknown) throws IOException {
        Set<PackId> metadata = new HashSet<>();
        try (PackReads reads = new PackReads(backend.parallelReads())) {
            reads.each(
                    unknown.keySet(),
                    pack -> packs.readHeader(pack).kind() == PackKind.METADATA ? pack : null,
                    metadata::add,
                    problem -> {});
        }
        Map<PackId, Long> sizes = new HashMap<>(unknown);
        sizes.keySet().retainAll(metadata);
        return sizes;
    }

    private void enter(Map<PackId, Long> unknown, boolean toWrite) throws IOException {
        if (unknown.isEmpty()) {
            return;
        }
        try (PackReads reads = new PackReads(Math.min(unknown.size(), backend.parallelReads()));
                DeltaPublisher publisher = new DeltaPublisher(backend, index, toWrite)) {
            PackReads.Reading<PackTrailer> trailer = pack -> packs.readTrailer(pack, unknown.get(pack));
            reads.each(unknown.keySet(), trailer, publisher::add, problems::add);
            publisher.finish();
        }
        index.refresh();
    }
}
