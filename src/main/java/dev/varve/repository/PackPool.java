package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.codec.DecodedFrame;
import dev.varve.crypto.IdHasher;
import dev.varve.index.ChunkIndex;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import dev.varve.pack.PackReader;
import dev.varve.tier.ReadCache;
import java.io.Closeable;
import java.io.IOException;
import java.util.function.Predicate;

/**
 * A tier as a place of packs: where they are stored, how they are read, and the index of what lies in them. Thread safe.
 *
 * @param name {@link TierRecord#HOT}, or what the user calls the cold tier
 * @param id empty for the hot one
 * @param ids names chunks
 * @param manifests those that lie in this tier
 * @param cache of what was read of a cold tier; null for the hot one
 */
record PackPool(
        String name,
        String id,
        Backend backend,
        PackReader packs,
        ChunkIndex index,
        IdHasher ids,
        ManifestStore manifests,
        ReadCache cache,
        PacedCatchUp catchUp)
        implements Closeable {
    boolean isHot() {
        return cache == null;
    }

    /** Where a chunk lies here, at an acceptable place, or null. Asks only the index. */
    ChunkLocation find(ChunkId id, Predicate<ChunkLocation> acceptable) {
        return index.find(id, acceptable);
    }

    /** What was kept on disk of a frame that was read before, or null. */
    DecodedFrame cached(PackId pack, int frameOffset, int part) {
        return isHot() ? null : cache.get(pack, frameOffset, part);
    }

    PackAccess access() {
        return new PackAccess(name, id, backend, packs, index, ids, manifests);
    }

    @Override
    public void close() throws IOException {
        index.close();
        if (cache != null) {
            cache.close();
        }
        backend.close();
    }
}
