package dev.varve.index;

import java.io.File;
import java.nio.ByteBuffer;
import org.mapdb.DataInput2;
import org.mapdb.volume.Volume;

/**
 * What MapDB reads a segment through: one read-only mapping, every page verified before its first byte is handed out.
 *
 * <p>MapDB's own mapped volume would do for reading, but: it keeps a file descriptor for as long as the map lives and
 * closing it under a reader fails that reader, where a mapping without a channel lives until the garbage collector sees
 * the last reader gone; and SortedTableMap's constructor fetches the first key of every page, which would read a large
 * part of the file at each start. This volume answers the constructor from the segment's fence table instead (about 1/2000
 * of the body), until {@link #opened}.
 *
 * <p>Thread safe once opened. {@link #close} does nothing: the mapping goes when nothing refers to it.
 */
final class SegmentVolume extends Volume {
    private final SegmentFormat format;
    private final ByteBuffer file;
    private final PageChecks checks;
    private final int pageShift;
    private boolean opening = true;

    SegmentVolume(SegmentFormat format, ByteBuffer file, PageChecks checks) {
        this.format = format;
        this.file = file;
        this.checks = checks;
        this.pageShift = format.pageShift();
    }

    /** Ends the time in which first keys come from the fence table; called before the volume is shared. */
    void opened() {
        opening = false;
    }

    private int verified(long offset) {
        checks.requirePage((int) (offset >>> pageShift));
        return (int) offset;
    }

    @Override
    public int getInt(long offset) {
        if (opening && (offset >= SegmentFormat.MAP_HEADER_BYTES)) {
            // the start (at +4) and end (at +8) of a page's first keys: the fence stands in for them
            return (offset & 8) == 0 ? 0 : SegmentFormat.FENCE_BYTES;
        }
        return file.getInt(verified(offset));
    }

    @Override
    public DataInput2 getDataInput(long offset, int size) {
        if (opening) {
            int page = (int) (offset >>> pageShift);
            return new DataInput2.ByteBuffer(file, (int) format.fencesOffset() + page * SegmentFormat.FENCE_BYTES);
        }
        return new DataInput2.ByteBuffer(file, verified(offset));
    }

    @Override
    public long getLong(long offset) {
        return file.getLong(verified(offset));
    }

    @Override
    public byte getByte(long offset) {
        return file.get(verified(offset));
    }

    @Override
    public void getData(long offset, byte[] bytes, int bytesPos, int size) {
        file.get(verified(offset), bytes, bytesPos, size);
    }

    @Override
    public long length() {
        return format.bodyBytes();
    }

    @Override
    public int sliceSize() {
        return -1;
    }

    @Override
    public boolean isSliced() {
        return false;
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public File getFile() {
        return null;
    }

    @Override
    public boolean getFileLocked() {
        return false;
    }

    @Override
    public void close() {}

    @Override
    public void sync() {}

    @Override
    public void ensureAvailable(long offset) {
        throw readOnly();
    }

    @Override
    public void truncate(long size) {
        throw readOnly();
    }

    @Override
    public void putLong(long offset, long value) {
        throw readOnly();
    }

    @Override
    public void putInt(long offset, int value) {
        throw readOnly();
    }

    @Override
    public void putByte(long offset, byte value) {
        throw readOnly();
    }

    @Override
    public void putData(long offset, byte[] src, int srcPos, int srcSize) {
        throw readOnly();
    }

    @Override
    public void putData(long offset, ByteBuffer buf) {
        throw readOnly();
    }

    @Override
    public void clear(long startOffset, long endOffset) {
        throw readOnly();
    }

    private static UnsupportedOperationException readOnly() {
        return new UnsupportedOperationException("segments are read-only");
    }
}
