package dev.varve.index;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * One part of an {@link IndexDelta}: an open-addressing table in primitive arrays, linear probing, three quarters full at
 * most. Its monitor guards it; every method takes it. Memory: 52 bytes a slot, 70 to 140 an entry.
 */
final class DeltaStripe {
    private static final int KEY_WORDS = 4;
    private static final int VALUE_WORDS = 5;
    private static final int FIRST_SLOTS = 64;

    /** Values of the first value word that stand for no pack; pack numbers follow. */
    private static final int EMPTY = 0;

    private static final int CLAIMED = 1;
    private static final int FIRST_PACK = 2;

    /** Slots are chosen in sorting by 24 low bits of a word whose upper 40 come from the key. */
    private static final int SORT_INDEX_BITS = 24;

    private final DeltaPacks packs;
    private long[] keys = new long[FIRST_SLOTS * KEY_WORDS];
    private int[] values = new int[FIRST_SLOTS * VALUE_WORDS];
    private int mask = FIRST_SLOTS - 1;
    private int size;

    DeltaStripe(DeltaPacks packs) {
        this.packs = packs;
    }

    /** Enters a chunk without a location. @return false if it is there already, in either state */
    synchronized boolean claim(ChunkId id) {
        int slot = slotOf(id);
        if (values[slot * VALUE_WORDS] != EMPTY) {
            return false;
        }
        insert(slot, id);
        return true;
    }

    synchronized boolean putIfAbsent(ChunkId id, ChunkLocation location) {
        int slot = slotOf(id);
        if (values[slot * VALUE_WORDS] != EMPTY) {
            return false;
        }
        setLocation(insert(slot, id), location);
        return true;
    }

    synchronized void resolve(ChunkId id, ChunkLocation location) {
        int slot = slotOf(id);
        if (values[slot * VALUE_WORDS] != CLAIMED) {
            throw new IllegalStateException("no claim to resolve: " + id);
        }
        setLocation(slot, location);
    }

    synchronized boolean contains(ChunkId id) {
        return values[slotOf(id) * VALUE_WORDS] != EMPTY;
    }

    synchronized ChunkLocation find(ChunkId id) {
        int slot = slotOf(id);
        return values[slot * VALUE_WORDS] < FIRST_PACK ? null : location(values, slot);
    }

    synchronized void clear() {
        keys = new long[FIRST_SLOTS * KEY_WORDS];
        values = new int[FIRST_SLOTS * VALUE_WORDS];
        mask = FIRST_SLOTS - 1;
        size = 0;
    }

    synchronized int count(boolean[] chosen) {
        int count = 0;
        for (int slot = 0; slot <= mask; slot++) {
            if (isIn(chosen, values[slot * VALUE_WORDS])) {
                count++;
            }
        }
        return count;
    }

    /** Takes the entries of the chosen packs out. @return how many */
    synchronized int drop(boolean[] chosen) {
        long[] oldKeys = keys;
        int[] oldValues = values;
        int oldSize = size;
        int kept = size - count(chosen);
        allocate(slotsFor(kept));
        for (int slot = 0; slot * VALUE_WORDS < oldValues.length; slot++) {
            int state = oldValues[slot * VALUE_WORDS];
            if (state != EMPTY && !isIn(chosen, state)) {
                move(oldKeys, oldValues, slot);
            }
        }
        return oldSize - size;
    }

    /** The entries of the chosen packs, in key order. A copy: 60 bytes an entry while it lives. */
    synchronized Sorted sorted(boolean[] chosen) {
        int count = count(chosen);
        long[] someKeys = new long[count * KEY_WORDS];
        int[] someValues = new int[count * VALUE_WORDS];
        int next = 0;
        for (int slot = 0; slot <= mask; slot++) {
            if (isIn(chosen, values[slot * VALUE_WORDS])) {
                System.arraycopy(keys, slot * KEY_WORDS, someKeys, next * KEY_WORDS, KEY_WORDS);
                System.arraycopy(values, slot * VALUE_WORDS, someValues, next * VALUE_WORDS, VALUE_WORDS);
                next++;
            }
        }
        return new Sorted(someKeys, someValues);
    }

    private static boolean isIn(boolean[] chosen, int state) {
        return state >= FIRST_PACK && state - FIRST_PACK < chosen.length && chosen[state - FIRST_PACK];
    }

    private ChunkLocation location(int[] from, int slot) {
        int at = slot * VALUE_WORDS;
        return new ChunkLocation(
                packs.get(from[at] - FIRST_PACK), from[at + 1], from[at + 2], from[at + 3], from[at + 4]);
    }

    private void setLocation(int slot, ChunkLocation location) {
        int at = slot * VALUE_WORDS;
        values[at] = FIRST_PACK + packs.numberOf(location.pack());
        values[at + 1] = location.frameOffset();
        values[at + 2] = location.frameLength();
        values[at + 3] = location.offset();
        values[at + 4] = location.length();
    }

    /** Where the chunk is, or the empty slot where it would be. */
    private int slotOf(ChunkId id) {
        int slot = (int) id.b() & mask;
        while (values[slot * VALUE_WORDS] != EMPTY && !isKey(slot, id)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private boolean isKey(int slot, ChunkId id) {
        int at = slot * KEY_WORDS;
        return keys[at] == id.a() && keys[at + 1] == id.b() && keys[at + 2] == id.c() && keys[at + 3] == id.d();
    }

    private int insert(int emptySlot, ChunkId id) {
        int slot = emptySlot;
        if ((size + 1) * 4L > (mask + 1) * 3L) {
            long[] oldKeys = keys;
            int[] oldValues = values;
            allocate((mask + 1) * 2);
            for (int old = 0; old * VALUE_WORDS < oldValues.length; old++) {
                if (oldValues[old * VALUE_WORDS] != EMPTY) {
                    move(oldKeys, oldValues, old);
                }
            }
            slot = slotOf(id);
        }
        int at = slot * KEY_WORDS;
        keys[at] = id.a();
        keys[at + 1] = id.b();
        keys[at + 2] = id.c();
        keys[at + 3] = id.d();
        values[slot * VALUE_WORDS] = CLAIMED;
        size++;
        return slot;
    }

    private void allocate(int slots) {
        if (slots > Integer.MAX_VALUE / VALUE_WORDS) {
            throw new IllegalStateException("delta stripe is full; publish it first");
        }
        keys = new long[slots * KEY_WORDS];
        values = new int[slots * VALUE_WORDS];
        mask = slots - 1;
        size = 0;
    }

    private static int slotsFor(int entries) {
        int slots = FIRST_SLOTS;
        while (entries * 4L > slots * 3L) {
            slots *= 2;
        }
        return slots;
    }

    private void move(long[] fromKeys, int[] fromValues, int from) {
        int slot = (int) fromKeys[from * KEY_WORDS + 1] & mask;
        while (values[slot * VALUE_WORDS] != EMPTY) {
            slot = slot + 1 & mask;
        }
        System.arraycopy(fromKeys, from * KEY_WORDS, keys, slot * KEY_WORDS, KEY_WORDS);
        System.arraycopy(fromValues, from * VALUE_WORDS, values, slot * VALUE_WORDS, VALUE_WORDS);
        size++;
    }

    /** A sorted copy of some entries. */
    final class Sorted {
        private final long[] someKeys;
        private final int[] someValues;
        private final long[] order;

        /** The keys of a stripe share their top bits, so signed order of their first words is their order. */
        private Sorted(long[] someKeys, int[] someValues) {
            this.someKeys = someKeys;
            this.someValues = someValues;
            this.order = new long[someKeys.length / KEY_WORDS];
            for (int i = 0; i < order.length; i++) {
                order[i] = someKeys[i * KEY_WORDS] & -1L << SORT_INDEX_BITS | i;
            }
            Arrays.sort(order);
            settleTies();
        }

        private void settleTies() {
            for (int from = 0; from < order.length; ) {
                int to = from + 1;
                while (to < order.length && order[to] >>> SORT_INDEX_BITS == order[from] >>> SORT_INDEX_BITS) {
                    to++;
                }
                if (to - from > 1) {
                    long[] tied = IntStream.range(from, to)
                            .mapToObj(i -> order[i])
                            .sorted(Comparator.comparing(entry -> key(index(entry))))
                            .mapToLong(Long::longValue)
                            .toArray();
                    System.arraycopy(tied, 0, order, from, tied.length);
                }
                from = to;
            }
        }

        private static int index(long entry) {
            return (int) entry & (1 << SORT_INDEX_BITS) - 1;
        }

        private ChunkId key(int index) {
            int at = index * KEY_WORDS;
            return new ChunkId(someKeys[at], someKeys[at + 1], someKeys[at + 2], someKeys[at + 3]);
        }

        int size() {
            return order.length;
        }

        ChunkId id(int rank) {
            return key(index(order[rank]));
        }

        ChunkLocation at(int rank) {
            return location(someValues, index(order[rank]));
        }
    }
}
