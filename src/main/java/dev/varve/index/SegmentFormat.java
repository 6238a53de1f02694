package dev.varve.index;

import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import dev.varve.model.UnsupportedFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The parts of a segment file and where they lie (docs/format.md, "Index segments"):
 *
 * <pre>body | filter | fences | checks | packs | footer</pre>
 *
 * The body is a MapDB SortedTableMap (big-endian, as MapDB writes), one node a page; the rest is little-endian. Everything
 * is derived from the footer, whose numbers are held against the file's length before anything is mapped or allocated.
 *
 * @param pageShift log2 of the body's page size
 * @param entries chunks in the segment
 * @param pages pages of the body
 * @param packs entries of the pack table
 * @param filterBlocks blocks of the filter
 * @param directoryCrc CRC-32C of fences, checks and packs
 */
record SegmentFormat(int pageShift, long entries, int pages, int packs, int filterBlocks, int directoryCrc) {
    static final byte[] MAGIC = "VARVESEG".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 1;
    private static final int CRC_COPY_BYTES = 64 << 10;
    static final int FOOTER_BYTES = 48;
    static final int VALUE_BYTES = 20;
    static final int ENTRY_BYTES = ChunkId.BYTES + VALUE_BYTES;

    /** A node of one key in MapDB's form: the packed count 1, then the key. */
    static final int FENCE_BYTES = 1 + ChunkId.BYTES;

    /** The packed integer 1 as MapDB writes it. */
    static final byte PACKED_ONE = (byte) 0x81;

    static final int CHECK_BYTES = 4;

    /** What one check covers of the filter; of the body it covers one page. */
    static final int FILTER_UNIT_SHIFT = 16;

    static final int SMALL_PAGE_SHIFT = 12;
    static final int LARGE_PAGE_SHIFT = 16;

    /** Up to this many entries a segment has small pages, so that a small backup makes a small file. */
    static final long SMALL_ENTRIES = 8192;

    /** Keeps the file under 2 GiB, so that one mapping holds it. */
    static final long MAX_ENTRIES = 32L << 20;

    /** MapDB's header at the start of the first page. */
    static final int MAP_HEADER_BYTES = 64;

    /** Everything of the first page that is no entry and no padding: header, node table of one node, packed count. */
    private static final int PAGE_OVERHEAD_BYTES = MAP_HEADER_BYTES + 8 + 8 + 3 + 1;

    /** So much must be left over in each page that MapDB's sink never puts a second node, however short, into it. */
    private static final int MIN_PADDING_BYTES = 6;

    static int pageShiftFor(long entries) {
        return entries <= SMALL_ENTRIES ? SMALL_PAGE_SHIFT : LARGE_PAGE_SHIFT;
    }

    static int entriesPerPage(int pageShift) {
        return ((1 << pageShift) - PAGE_OVERHEAD_BYTES - MIN_PADDING_BYTES) / ENTRY_BYTES;
    }

    /** Bytes that follow the keys of each node, so that a full node fills its page. */
    static int paddingBytes(int pageShift) {
        return (1 << pageShift) - PAGE_OVERHEAD_BYTES - entriesPerPage(pageShift) * ENTRY_BYTES;
    }

    long bodyBytes() {
        return (long) pages << pageShift;
    }

    long filterBytes() {
        return (long) filterBlocks * SegmentFilter.BLOCK_BYTES;
    }

    int filterUnits() {
        return (int) ((filterBytes() + (1 << FILTER_UNIT_SHIFT) - 1) >>> FILTER_UNIT_SHIFT);
    }

    long fencesOffset() {
        return bodyBytes() + filterBytes();
    }

    long checksOffset() {
        return fencesOffset() + (long) pages * FENCE_BYTES;
    }

    long packsOffset() {
        return checksOffset() + (long) (pages + filterUnits()) * CHECK_BYTES;
    }

    long footerOffset() {
        return packsOffset() + (long) packs * PackId.BYTES;
    }

    long fileBytes() {
        return footerOffset() + FOOTER_BYTES;
    }

    /** The footer; its last four bytes are the CRC-32C of the others. */
    ByteBuffer encode() {
        ByteBuffer footer = ByteBuffer.allocate(FOOTER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        footer.put(MAGIC)
                .putInt(VERSION)
                .putInt(pageShift)
                .putLong(entries)
                .putInt(pages)
                .putInt(packs)
                .putInt(filterBlocks)
                .putInt(directoryCrc)
                .putInt(0);
        return footer.putInt(crc(footer.duplicate().flip())).flip();
    }

    /**
     * Reads and checks a footer.
     *
     * @param footer {@link #FOOTER_BYTES} bytes
     * @param fileBytes the length of the file, which must be what the footer adds up to
     */
    static SegmentFormat decode(String resource, ByteBuffer footer, long fileBytes) throws IOException {
        long offset = fileBytes - FOOTER_BYTES;
        ByteBuffer in = footer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[MAGIC.length];
        in.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new CorruptException(resource, offset, "not an index segment");
        }
        if (in.getInt(FOOTER_BYTES - CHECK_BYTES)
                != crc(footer.duplicate().limit(footer.position() + FOOTER_BYTES - CHECK_BYTES))) {
            throw new CorruptException(resource, offset, "footer checksum does not match");
        }
        int version = in.getInt();
        if (version != VERSION) {
            throw new UnsupportedFormatException(resource, "segment version " + version, "version " + VERSION);
        }
        SegmentFormat format =
                new SegmentFormat(in.getInt(), in.getLong(), in.getInt(), in.getInt(), in.getInt(), in.getInt());
        if (in.getInt() != 0) {
            throw new CorruptException(resource, offset, "reserved field is not zero");
        }
        format.check(resource, fileBytes);
        return format;
    }

    private void check(String resource, long fileBytes) throws CorruptException {
        boolean sane = (pageShift == SMALL_PAGE_SHIFT || pageShift == LARGE_PAGE_SHIFT)
                && entries >= 0
                && entries <= MAX_ENTRIES
                && packs >= 0
                && pages == (entries + entriesPerPage(pageShift) - 1) / entriesPerPage(pageShift)
                && filterBlocks >= (entries == 0 ? 0 : 1);
        if (!sane || fileBytes() != fileBytes) {
            throw new CorruptException(
                    resource, fileBytes - FOOTER_BYTES, "footer does not fit a file of " + fileBytes + " bytes");
        }
    }

    /**
     * What is mapped is copied first: a page that cannot be read (the file was cut, the disk fails) is an InternalError in a
     * copy, but in the checksum's machine code it would kill the virtual machine.
     */
    static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        if (bytes.isDirect()) {
            byte[] copy = new byte[Math.min(bytes.remaining(), CRC_COPY_BYTES)];
            while (bytes.hasRemaining()) {
                int count = Math.min(bytes.remaining(), copy.length);
                bytes.get(copy, 0, count);
                crc.update(copy, 0, count);
            }
        } else {
            crc.update(bytes);
        }
        return (int) crc.getValue();
    }
}
