package dev.varve.device.lvm;

import dev.varve.bytes.ByteReader;
import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One metadata area of a physical volume: a header of 512 bytes (mda_header of lvm2's {@code format_text/layout.h}) that says
 * where in the ring behind it the volume group's description lies. Of the places it names, the first is the committed one;
 * the second is an update under way and never read.
 */
final class MetadataArea {
    static final int HEADER_BYTES = 512;
    /** The usual area has 1 MiB; a description of 10,000 volumes has about 6 MiB. */
    static final int MAX_TEXT_BYTES = 32 << 20;

    private static final byte[] MAGIC = " LVM2 x[5A%r0N*>".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int IGNORED = 1;

    private MetadataArea() {}

    /** A description as it is stored; its checksum is verified. */
    static final class Text {
        private final int checksum;
        private final byte[] bytes;

        private Text(int checksum, byte[] bytes) {
            this.checksum = checksum;
            this.bytes = bytes;
        }

        int checksum() {
            return checksum;
        }

        /** Not a copy: nobody writes to it. */
        byte[] bytes() {
            return bytes;
        }
    }

    /**
     * The committed description, or null if there is none or the area is set aside (pvchange --metadataignore).
     *
     * @throws CorruptException if header or text is damaged or the area lies outside the device
     */
    static Text read(BlockSource source, PvLabel.Area area) throws IOException {
        byte[] header = Sources.readBytes(source, area.offset(), HEADER_BYTES);
        ByteReader reader =
                ByteReader.of(source.name(), area.offset(), ByteBuffer.wrap(header), ByteOrder.LITTLE_ENDIAN);
        if (reader.i32() != LvmChecksum.of(header, Integer.BYTES, HEADER_BYTES - Integer.BYTES)) {
            throw reader.corrupt("the header of a metadata area has a wrong checksum");
        }
        if (!Arrays.equals(MAGIC, reader.bytes(MAGIC.length))) {
            throw reader.corrupt("no metadata area where the label says one is");
        }
        if (reader.u32() != VERSION) {
            throw reader.corrupt("the metadata area has a version other than " + VERSION);
        }
        long start = reader.u64();
        long size = reader.u64();
        boolean fits = start == area.offset()
                && size > HEADER_BYTES
                && size <= source.sizeBytes() - start
                && (area.size() == 0 || size <= area.size());
        if (!fits) {
            throw reader.corrupt("the metadata area is not where its header says, or reaches past the end");
        }
        long offset = reader.u64();
        long length = reader.u64();
        int checksum = reader.i32();
        int flags = reader.i32();
        if (offset == 0 || (flags & IGNORED) != 0) {
            return null;
        }
        boolean inside = offset >= HEADER_BYTES && offset < size && length > 0 && length <= size - HEADER_BYTES;
        if (!inside || length > MAX_TEXT_BYTES) {
            throw reader.corrupt("the volume group's description lies outside its area or has more than "
                    + (MAX_TEXT_BYTES >> 20) + " MiB");
        }
        byte[] text = ring(source, start, size, offset, (int) length);
        if (LvmChecksum.of(text, 0, text.length) != checksum) {
            throw new CorruptException(
                    source.name(), start + offset, "the volume group's description has a wrong checksum");
        }
        return new Text(checksum, text);
    }

    /** What runs past the end of the area goes on behind its header. */
    private static byte[] ring(BlockSource source, long start, long size, long offset, int length) throws IOException {
        byte[] text = new byte[length];
        int first = (int) Math.min(length, size - offset);
        source.read(start + offset, ByteBuffer.wrap(text, 0, first));
        if (first < length) {
            source.read(start + HEADER_BYTES, ByteBuffer.wrap(text, first, length - first));
        }
        return text;
    }
}
