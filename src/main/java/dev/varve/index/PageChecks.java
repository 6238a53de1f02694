package dev.varve.index;

import dev.varve.model.CorruptException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Vouches for a mapped segment's body and filter piece by piece: the CRC-32C of a piece is computed when it is first
 * touched and remembered as good, so opening a segment reads almost nothing and yet no byte is used unverified.
 *
 * <p>Thread safe: two threads may verify the same piece at once, to the same result. Memory: one byte a piece (64 KiB).
 */
final class PageChecks {
    private final String resource;
    private final SegmentFormat format;
    private final ByteBuffer file;
    private final byte[] good;

    /** @param file the whole segment, mapped */
    PageChecks(String resource, SegmentFormat format, ByteBuffer file) {
        this.resource = resource;
        this.format = format;
        this.file = file;
        this.good = new byte[format.pages() + format.filterUnits()];
    }

    /** @throws UncheckedIOException with a CorruptException if the page is damaged */
    void requirePage(int page) {
        if (good[page] == 0) {
            verify(page);
        }
    }

    /** @param offset bytes from the start of the filter */
    void requireFilter(int offset) {
        int unit = format.pages() + (offset >>> SegmentFormat.FILTER_UNIT_SHIFT);
        if (good[unit] == 0) {
            verify(unit);
        }
    }

    int count() {
        return good.length;
    }

    /** Computes the checksum of one piece anew, whatever was found before. */
    void verify(int unit) {
        long start;
        long end;
        if (unit < format.pages()) {
            start = (long) unit << format.pageShift();
            end = start + (1L << format.pageShift());
        } else {
            start = format.bodyBytes() + ((long) (unit - format.pages()) << SegmentFormat.FILTER_UNIT_SHIFT);
            end = Math.min(start + (1L << SegmentFormat.FILTER_UNIT_SHIFT), format.fencesOffset());
        }
        int stored = Integer.reverseBytes(file.getInt((int) format.checksOffset() + unit * SegmentFormat.CHECK_BYTES));
        if (SegmentFormat.crc(file.duplicate().limit((int) end).position((int) start)) != stored) {
            throw new UncheckedIOException(
                    new CorruptException(resource, start, unit < format.pages() ? "damaged page" : "damaged filter"));
        }
        good[unit] = 1;
    }
}
