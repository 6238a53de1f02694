package dev.varve.snapshot;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.repository.ChunkSource;
import java.io.IOException;

/**
 * Decoded metadata chunks by id, bounded by their weight. A chunk never changes, so an entry is never stale and one cache
 * serves all volumes and snapshots. Thread safe; a miss on several threads may decode twice, no reader waits for another.
 */
public final class VolumeCache {
    private final Cache<ChunkId, Weighted> decoded;

    private VolumeCache(Cache<ChunkId, Weighted> decoded) {
        this.decoded = decoded;
    }

    /** @param bytes of heap that the decoded metadata may fill, about */
    public static VolumeCache ofBytes(long bytes) {
        return new VolumeCache(Caffeine.newBuilder()
                .maximumWeight(bytes)
                .weigher((ChunkId id, Weighted value) -> value.weightBytes())
                .executor(Runnable::run)
                .build());
    }

    <T extends Weighted> T get(ChunkSource chunks, ChunkId id, Class<T> type, Decoder<T> decoder) throws IOException {
        Weighted cached = decoded.getIfPresent(id);
        if (cached == null) {
            T value = decoder.decode("chunk " + id.toHex(), chunks.read(id));
            decoded.put(id, value);
            return value;
        }
        if (!type.isInstance(cached)) {
            throw new CorruptException("chunk " + id.toHex(), -1, "used as two kinds of metadata");
        }
        return type.cast(cached);
    }

    /** Something that knows what it costs. */
    interface Weighted {
        /** Bytes of heap, about. */
        int weightBytes();
    }

    /** Turns the bytes of a chunk into its decoded form. */
    @FunctionalInterface
    interface Decoder<T> {
        T decode(String resource, byte[] chunk) throws IOException;
    }
}
