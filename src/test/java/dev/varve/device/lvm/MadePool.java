package dev.varve.device.lvm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Thin pool metadata, written as the kernel writes it, with as few entries a node as a test wants. */
final class MadePool {
    static final int BLOCK = 4096;
    static final int DATA_BLOCK = 64 << 10;
    final ByteBuffer metadata;
    private final int perNode;
    private int next = 1;

    MadePool(ByteBuffer metadata, int perNode) {
        this.metadata = metadata;
        this.perNode = perNode;
    }

    /** @param devices device id → block → data block */
    void write(NavigableMap<Long, NavigableMap<Long, Long>> devices, long transaction) {
        NavigableMap<Long, long[]> roots = new TreeMap<>();
        NavigableMap<Long, long[]> details = new TreeMap<>();
        devices.forEach((id, blocks) -> {
            NavigableMap<Long, long[]> values = new TreeMap<>();
            blocks.forEach((block, data) -> values.put(block, new long[] {data << 24 | 5}));
            roots.put(id, new long[] {tree(values, 1)});
            details.put(id, new long[] {blocks.size(), 1, 0});
        });
        long mappingRoot = tree(roots, 1);
        writeSuperblock(transaction, mappingRoot, tree(details, 3));
    }

    void writeSuperblock(long transaction, long mappingRoot, long detailsRoot) {
        ByteBuffer block = block(0);
        block.putLong(8, 0)
                .putLong(32, 27022010)
                .putInt(40, 2)
                .putInt(44, 1)
                .putLong(48, transaction)
                .putLong(56, 0);
        block.putLong(320, mappingRoot)
                .putLong(328, detailsRoot)
                .putInt(336, DATA_BLOCK / 512)
                .putInt(340, 8);
        block.putLong(344, metadata.capacity() / BLOCK)
                .putInt(352, 0)
                .putInt(356, 0)
                .putInt(360, 0);
        seal(0, 160774);
    }

    ByteBuffer block(long number) {
        return metadata.slice((int) number * BLOCK, BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    }

    void seal(long number, int salt) {
        byte[] bytes = new byte[BLOCK];
        block(number).get(bytes);
        block(number).putInt(0, ThinNode.checksum(bytes, salt));
    }

    void sealNode(long number) {
        seal(number, 121107);
    }

    /** @return the root */
    long tree(NavigableMap<Long, long[]> values, int valueLongs) {
        List<Long> keys = new ArrayList<>();
        List<long[]> level = new ArrayList<>();
        boolean leaf = true;
        keys.addAll(values.keySet());
        level.addAll(values.values());
        while (true) {
            List<Long> upKeys = new ArrayList<>();
            List<long[]> up = new ArrayList<>();
            for (int i = 0; i < Math.max(1, keys.size()); i += perNode) {
                int end = Math.min(keys.size(), i + perNode);
                up.add(new long[] {node(leaf, keys.subList(i, end), level.subList(i, end), leaf ? valueLongs : 1)});
                upKeys.add(keys.isEmpty() ? 0 : keys.get(i));
            }
            if (up.size() == 1) {
                return up.get(0)[0];
            }
            keys = upKeys;
            level = up;
            leaf = false;
        }
    }

    long node(boolean leaf, List<Long> keys, List<long[]> values, int valueLongs) {
        long number = next++;
        int max = (BLOCK - 32) / (8 + 8 * valueLongs) / 3 * 3;
        ByteBuffer block = block(number);
        block.putInt(4, leaf ? 2 : 1).putLong(8, number).putInt(16, keys.size()).putInt(20, max);
        block.putInt(24, 8 * valueLongs).putInt(28, 0);
        for (int i = 0; i < keys.size(); i++) {
            block.putLong(32 + 8 * i, keys.get(i));
            for (int j = 0; j < valueLongs; j++) {
                block.putLong(32 + 8 * max + 8 * (i * valueLongs + j), values.get(i)[j]);
            }
        }
        sealNode(number);
        return number;
    }

    int used() {
        return next;
    }
}
