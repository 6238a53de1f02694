package dev.varve.index;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/** The constants of the index's files, for the test that holds docs/format.md against the code. */
public final class IndexConstants {
    private IndexConstants() {}

    public static Map<String, Long> inCode() {
        Map<String, Long> code = new TreeMap<>();
        code.put("SEGMENT_LIST_MAGIC", magic(SegmentList.MAGIC));
        code.put("SEGMENT_LIST_VERSION", (long) SegmentList.VERSION);
        code.put("SEGMENT_LIST_ENTRY_BYTES", (long) SegmentList.ENTRY_BYTES);
        code.put("SEGMENT_LIST_MAX_SEGMENTS", (long) SegmentList.MAX_SEGMENTS);
        code.put("SEGMENT_LIST_MAX_PACKS", (long) SegmentList.MAX_PACKS);
        code.put("SEGMENT_MAGIC", magic(SegmentFormat.MAGIC));
        code.put("SEGMENT_VERSION", (long) SegmentFormat.VERSION);
        code.put("SEGMENT_FOOTER_BYTES", (long) SegmentFormat.FOOTER_BYTES);
        code.put("SEGMENT_VALUE_BYTES", (long) SegmentFormat.VALUE_BYTES);
        code.put("SEGMENT_FENCE_BYTES", (long) SegmentFormat.FENCE_BYTES);
        code.put("SEGMENT_MAX_ENTRIES", SegmentFormat.MAX_ENTRIES);
        code.put("SEGMENT_FILTER_BLOCK_BYTES", (long) SegmentFilter.BLOCK_BYTES);
        code.put("SEGMENT_FILTER_BITS_PER_KEY", (long) SegmentFilter.BITS_PER_KEY);
        return code;
    }

    private static long magic(byte[] letters) {
        return ByteBuffer.wrap(letters).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }
}
