package dev.varve.index;

import dev.varve.model.ChunkId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import org.mapdb.DataInput2;
import org.mapdb.DataOutput2;

/**
 * Chunk ids as MapDB sees them: a node's keys are 32 bytes each, one after another, then the page's padding. Lookups
 * search the stored bytes in place; nothing of a node is decoded for one get. Since ids are uniform hashes the search
 * interpolates between the fences around a page (3 to 4 probes in 1258 keys) and falls back to bisection, so it is right
 * for any keys and never worse than twice a binary search.
 *
 * <p>Thread safe.
 */
final class KeySerializer extends NodeSerializer<ChunkId> {
    private static final int INTERPOLATIONS = 6;
    private static final int WORDS = 4;

    private final int pageShift;
    private final ByteBuffer fences;
    private final int fencesBase;
    private final int pages;

    /** For writing: there are no fences yet. */
    KeySerializer(int pageShift) {
        this(pageShift, ByteBuffer.allocate(0), 0, 0);
    }

    /** For reading; the fence table lies at {@code fencesBase} in the mapped file. */
    KeySerializer(int pageShift, ByteBuffer file, int fencesBase, int pages) {
        this.pageShift = pageShift;
        this.fences = file;
        this.fencesBase = fencesBase;
        this.pages = pages;
    }

    /** The first word of a page's first key. */
    private long fence(int page) {
        return fences.getLong(fencesBase + page * SegmentFormat.FENCE_BYTES + 1);
    }

    @Override
    public int valueArrayBinarySearch(
            ChunkId key, DataInput2 input, int count, @SuppressWarnings("rawtypes") Comparator comparator) {
        int position = input.getPos();
        int page = position >>> pageShift;
        long low = page < pages ? fence(page) : 0;
        long high = page + 1 < pages ? fence(page + 1) : -1L;
        return search(input.internalByteBuffer(), position, ChunkId.BYTES, checked(count), key, low, high);
    }

    /** MapDB searches the run of page keys that it collected when it opened the table; that is the fence table. */
    @Override
    public int valueArraySearch(Object run, ChunkId key) {
        return search(fences, fencesBase + 1, SegmentFormat.FENCE_BYTES, pages, key, 0, -1L);
    }

    /**
     * Finds a key among {@code count} sorted ones, {@code stride} bytes apart.
     *
     * @param low a lower bound of their first words, as {@code high} is an upper one; only the speed depends on them
     * @return its place, or −(insertion point + 1)
     */
    private static int search(ByteBuffer bytes, int base, int stride, int count, ChunkId key, long low, long high) {
        long word = key.a();
        int from = 0;
        int to = count;
        long lowWord = low;
        long highWord = high;
        for (int step = 0; from < to; step++) {
            int probe;
            if (step < INTERPOLATIONS
                    && Long.compareUnsigned(lowWord, word) < 0
                    && Long.compareUnsigned(word, highWord) < 0) {
                double share = (double) ((word - lowWord) >>> 1) / (double) ((highWord - lowWord) >>> 1);
                probe = Math.min(to - 1, from + (int) (share * (to - from)));
            } else {
                probe = (from + to) >>> 1;
            }
            int position = base + probe * stride;
            long found = bytes.getLong(position);
            int order = found == word ? compareRest(key, bytes, position) : Long.compareUnsigned(word, found);
            if (order == 0) {
                return probe;
            } else if (order < 0) {
                to = probe;
                highWord = found;
            } else {
                from = probe + 1;
                lowWord = found;
            }
        }
        return -(from + 1);
    }

    private static int compareRest(ChunkId key, ByteBuffer bytes, int position) {
        int order = Long.compareUnsigned(key.b(), bytes.getLong(position + 8));
        if (order == 0) {
            order = Long.compareUnsigned(key.c(), bytes.getLong(position + 16));
        }
        return order == 0 ? Long.compareUnsigned(key.d(), bytes.getLong(position + 24)) : order;
    }

    private int checked(int count) {
        if (count < 1 || count > SegmentFormat.entriesPerPage(pageShift)) {
            throw new IllegalStateException("a node of " + count + " keys");
        }
        return count;
    }

    @Override
    public ChunkId valueArrayBinaryGet(DataInput2 input, int count, int index) {
        ByteBuffer bytes = input.internalByteBuffer();
        int position = input.getPos() + index * ChunkId.BYTES;
        return new ChunkId(
                bytes.getLong(position),
                bytes.getLong(position + 8),
                bytes.getLong(position + 16),
                bytes.getLong(position + 24));
    }

    @Override
    public void valueArraySerialize(DataOutput2 out, Object run) throws IOException {
        for (long word : (long[]) run) {
            out.writeLong(word);
        }
        out.write(new byte[SegmentFormat.paddingBytes(pageShift)]);
    }

    @Override
    public Object valueArrayDeserialize(DataInput2 in, int count) throws IOException {
        long[] words = new long[checked(count) * WORDS];
        for (int i = 0; i < words.length; i++) {
            words[i] = in.readLong();
        }
        return words;
    }

    @Override
    public ChunkId valueArrayGet(Object run, int index) {
        long[] words = (long[]) run;
        int at = index * WORDS;
        return new ChunkId(words[at], words[at + 1], words[at + 2], words[at + 3]);
    }

    @Override
    public int valueArraySize(Object run) {
        return ((long[]) run).length / WORDS;
    }

    @Override
    public Object valueArrayFromArray(Object[] keys) {
        if (pages > 0) {
            return fences; // reading: MapDB makes no other run than that of the page keys
        }
        long[] words = new long[keys.length * WORDS];
        for (int i = 0; i < keys.length; i++) {
            ChunkId id = (ChunkId) keys[i];
            words[i * WORDS] = id.a();
            words[i * WORDS + 1] = id.b();
            words[i * WORDS + 2] = id.c();
            words[i * WORDS + 3] = id.d();
        }
        return words;
    }

    @Override
    public void serialize(DataOutput2 out, ChunkId id) throws IOException {
        out.writeLong(id.a());
        out.writeLong(id.b());
        out.writeLong(id.c());
        out.writeLong(id.d());
    }

    @Override
    public ChunkId deserialize(DataInput2 in, int available) throws IOException {
        return new ChunkId(in.readLong(), in.readLong(), in.readLong(), in.readLong());
    }

    @Override
    public int compare(ChunkId first, ChunkId second) {
        return first.compareTo(second);
    }
}
