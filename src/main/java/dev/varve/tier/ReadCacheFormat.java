package dev.varve.tier;

import dev.varve.codec.EnvelopeHeader;
import dev.varve.codec.FrameFormat;
import dev.varve.crypto.Sealer;
import dev.varve.model.PackId;

/** The constants of the read cache's files (docs/format.md, "Read cache"). */
public final class ReadCacheFormat {
    /** The bytes {@code VRCT}: the envelope of the table. */
    public static final int TABLE_MAGIC = 0x54435256;

    /** The most parts of one frame. */
    public static final int MAX_PARTS = EnvelopeHeader.MAX_PLAIN_BYTES / FrameFormat.HOT_TARGET_BYTES;

    /** What a table says of a part: where it begins in the frame, its stored length, its tag. */
    public static final int TABLE_PART_BYTES = 2 * Integer.BYTES + Sealer.TAG_BYTES;

    static final int TABLE_FIXED_BYTES = PackId.BYTES + 2 * Integer.BYTES;

    /** The longest table as stored. */
    static final int MAX_TABLE_BYTES =
            EnvelopeHeader.BYTES + TABLE_FIXED_BYTES + MAX_PARTS * TABLE_PART_BYTES + Sealer.TAG_BYTES;

    private ReadCacheFormat() {}
}
