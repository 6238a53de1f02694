package dev.varve.fs.ext;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The metadata blocks read last (extent blocks, directory blocks, descriptors, bitmaps), least recently used out first. The
 * arrays are shared: nobody writes to them. Thread safe by one lock around the map. Memory: the capacity given.
 */
final class BlockCache {
    private final Map<Long, byte[]> blocks;

    BlockCache(int capacityBytes, int blockSize) {
        int capacity = Math.max(16, capacityBytes / blockSize);
        blocks = new LinkedHashMap<>(capacity * 2, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
                return size() > capacity;
            }
        };
    }

    /** The block, or null. */
    synchronized byte[] get(long block) {
        return blocks.get(block);
    }

    synchronized void put(long block, byte[] content) {
        blocks.put(block, content);
    }
}
