package dev.varve.index;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/** Chunks and packs for the index's tests, all from seeds. */
final class IndexFixtures {
    private IndexFixtures() {}

    static ChunkId id(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new ChunkId(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    static PackId pack(long number) {
        return new PackId(number * 0x9E3779B97F4A7C15L, number);
    }

    static ChunkLocation location(long seed, long pack) {
        SplittableRandom random = new SplittableRandom(seed ^ pack << 32);
        return new ChunkLocation(
                pack(pack),
                random.nextInt(1 << 26),
                1 + random.nextInt(1 << 18),
                random.nextInt(1 << 18),
                1 + random.nextInt(1 << 17));
    }

    /** Chunks {@code [first, end)}, all in one pack. */
    static Map<ChunkId, ChunkLocation> chunks(long first, long end, long pack) {
        Map<ChunkId, ChunkLocation> chunks = new TreeMap<>();
        for (long i = first; i < end; i++) {
            chunks.put(id(i), location(i, pack));
        }
        return chunks;
    }

    static void publish(ChunkIndex index, Map<ChunkId, ChunkLocation> chunks, PackId... morePacks) throws IOException {
        IndexDelta delta = new IndexDelta(Math.max(1, chunks.size()));
        Set<PackId> packs = new TreeSet<>(Set.of(morePacks));
        chunks.forEach((id, location) -> {
            delta.putIfAbsent(id, location);
            packs.add(location.pack());
        });
        publish(index, delta, packs);
    }

    private static void publish(ChunkIndex index, IndexDelta delta, Collection<PackId> packs) throws IOException {
        index.publish(delta, packs);
    }
}
