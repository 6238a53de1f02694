package dev.varve.index;

import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.mapdb.DataInput2;
import org.mapdb.DataOutput2;

/**
 * Locations as MapDB sees them: 20 bytes each {pack number, frame offset, frame length, offset, length}. The pack number
 * counts in the segment's sorted pack table. One value is decoded in place; its place in the file gives its ordinal.
 *
 * <p>Thread safe. Does not trust what it reads: a pack number or length out of range is an unchecked exception, which
 * {@link Segment} turns into a CorruptException.
 */
final class LocationSerializer extends NodeSerializer<Located> {
    private final int pageShift;
    private final int entriesPerPage;
    private final PackId[] packs;

    /** @param packs sorted, without duplicates */
    LocationSerializer(int pageShift, PackId[] packs) {
        this.pageShift = pageShift;
        this.entriesPerPage = SegmentFormat.entriesPerPage(pageShift);
        this.packs = packs;
    }

    @Override
    public Located valueArrayBinaryGet(DataInput2 input, int count, int index) {
        int start = input.getPos();
        return get(input.internalByteBuffer(), start, index);
    }

    private Located get(ByteBuffer bytes, int start, int index) {
        int at = start + index * SegmentFormat.VALUE_BYTES;
        long ordinal = (long) (start >>> pageShift) * entriesPerPage + index;
        return new Located(
                ordinal,
                new ChunkLocation(
                        packs[bytes.getInt(at)],
                        bytes.getInt(at + 4),
                        bytes.getInt(at + 8),
                        bytes.getInt(at + 12),
                        bytes.getInt(at + 16)));
    }

    @Override
    public void valueArraySerialize(DataOutput2 out, Object run) throws IOException {
        for (Object located : (Object[]) run) {
            serialize(out, (Located) located);
        }
    }

    @Override
    public void serialize(DataOutput2 out, Located located) throws IOException {
        ChunkLocation location = located.location();
        int number = Arrays.binarySearch(packs, location.pack());
        if (number < 0) {
            throw new IllegalArgumentException("pack " + location.pack() + " is not in the segment's table");
        }
        out.writeInt(number);
        out.writeInt(location.frameOffset());
        out.writeInt(location.frameLength());
        out.writeInt(location.offset());
        out.writeInt(location.length());
    }

    @Override
    public Object valueArrayDeserialize(DataInput2 in, int count) {
        if (count < 1 || count > entriesPerPage) {
            throw new IllegalStateException("a node of " + count + " values");
        }
        int start = in.getPos();
        Object[] run = new Object[count];
        for (int i = 0; i < count; i++) {
            run[i] = get(in.internalByteBuffer(), start, i);
        }
        return run;
    }

    @Override
    public Located valueArrayGet(Object run, int index) {
        return (Located) ((Object[]) run)[index];
    }

    @Override
    public int valueArraySize(Object run) {
        return ((Object[]) run).length;
    }

    @Override
    public Object valueArrayFromArray(Object[] values) {
        return values;
    }

    @Override
    public int valueArraySearch(Object run, Located value) {
        throw new UnsupportedOperationException("locations are not sorted");
    }

    @Override
    public Located deserialize(DataInput2 in, int available) {
        throw new UnsupportedOperationException("locations are read from whole nodes");
    }

    @Override
    public int compare(Located first, Located second) {
        return Long.compare(first.ordinal(), second.ordinal());
    }
}
