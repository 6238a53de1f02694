package dev.varve.device.lvm;

import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The metadata of a thin pool, looked up on demand: device → root of its mapping, block → data block. Nothing is held for each
 * block. Thread safe by one lock around the cache. Memory: at most {@value #CACHED_NODES} nodes of 4 KiB, least recently used
 * out first; with 64 KiB blocks these map up to 64 GiB.
 */
final class ThinMetadata {
    private static final int CACHED_NODES = 4096;
    /** A tree with 126 entries a node has 10^18 of them at half this depth. */
    private static final int MAX_DEPTH = 16;

    private static final int DETAILS_BYTES = 24;
    private static final int TIME_BITS = 24;
    static final long UNMAPPED = -1;

    private final BlockSource device;
    private final ThinSuperblock superblock;
    private final Map<Long, ThinNode> cache = new LinkedHashMap<>(256, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, ThinNode> eldest) {
            return size() > CACHED_NODES;
        }
    };

    private ThinMetadata(BlockSource device, ThinSuperblock superblock) {
        this.device = device;
        this.superblock = superblock;
    }

    static ThinMetadata open(BlockSource device) throws IOException {
        return new ThinMetadata(device, ThinSuperblock.read(device));
    }

    ThinSuperblock superblock() {
        return superblock;
    }

    String name() {
        return device.name();
    }

    /** The root of a device's mapping, or {@link #UNMAPPED} if the pool has no such device. */
    long deviceRoot(long id) throws IOException {
        boolean known = find(superblock.detailsRoot(), id, DETAILS_BYTES) != UNMAPPED;
        return known ? find(superblock.mappingRoot(), id, Long.BYTES) : UNMAPPED;
    }

    /** The data block that a block of a device is mapped to, or {@link #UNMAPPED}. */
    long dataBlock(long root, long block) throws IOException {
        long value = find(root, block, Long.BYTES);
        return value == UNMAPPED ? UNMAPPED : value >>> TIME_BITS;
    }

    private long find(long root, long key, int valueBytes) throws IOException {
        long number = root;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            ThinNode node = node(number);
            int index = node.floor(key);
            if (node.isLeaf()) {
                if (node.valueBytes() != valueBytes) {
                    throw corrupt(
                            number,
                            "a tree of the thin pool has values of " + node.valueBytes() + " bytes, not " + valueBytes);
                }
                return index >= 0 && node.key(index) == key ? node.value(index) : UNMAPPED;
            }
            if (index < 0) {
                return UNMAPPED;
            }
            number = node.value(index);
        }
        throw corrupt(number, "a tree of the thin pool is deeper than " + MAX_DEPTH + " or has a loop");
    }

    private ThinNode node(long number) throws IOException {
        synchronized (cache) {
            ThinNode cached = cache.get(number);
            if (cached != null) {
                return cached;
            }
        }
        ThinNode node = ThinNode.read(device, number);
        synchronized (cache) {
            cache.put(number, node);
        }
        return node;
    }

    private CorruptException corrupt(long block, String reason) {
        return new CorruptException(device.name(), block * ThinNode.BLOCK_BYTES, reason);
    }
}
