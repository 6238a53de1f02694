package dev.varve.device;

import java.util.Arrays;

/**
 * A map of non-negative longs (block numbers) to longs, in two flat arrays. Not thread safe while it is filled; safe to
 * read from many threads after it was published safely. Memory: 16 bytes a slot, at most half of them used.
 */
public final class LongTable {
    private static final long EMPTY = -1;

    private long[] keys = newKeys(64);
    private long[] values = new long[64];
    private int size;

    private static long[] newKeys(int length) {
        long[] keys = new long[length];
        Arrays.fill(keys, EMPTY);
        return keys;
    }

    public int size() {
        return size;
    }

    /** @throws IllegalArgumentException if the key is negative */
    public void put(long key, long value) {
        if (key < 0) {
            throw new IllegalArgumentException("negative key " + key);
        }
        if (size * 2 >= keys.length) {
            grow();
        }
        int slot = slot(key);
        if (keys[slot] == EMPTY) {
            keys[slot] = key;
            size++;
        }
        values[slot] = value;
    }

    public boolean contains(long key) {
        return key >= 0 && keys[slot(key)] == key;
    }

    /** The value of a key, or {@code otherwise}. */
    public long get(long key, long otherwise) {
        if (key < 0) {
            return otherwise;
        }
        int slot = slot(key);
        return keys[slot] == key ? values[slot] : otherwise;
    }

    private int slot(long key) {
        int mask = keys.length - 1;
        int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & mask;
        while (keys[slot] != EMPTY && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldKeys = keys;
        long[] oldValues = values;
        keys = newKeys(oldKeys.length * 2);
        values = new long[keys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != EMPTY) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                values[slot] = oldValues[i];
            }
        }
    }
}
