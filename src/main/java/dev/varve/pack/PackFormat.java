package dev.varve.pack;

import dev.varve.codec.EnvelopeHeader;

/** The constants of a pack (docs/format.md, "Pack"). */
public final class PackFormat {
    /** The bytes {@code VPCK}. */
    public static final int MAGIC = 0x4B435056;

    public static final int VERSION = 1;
    public static final int HEADER_BYTES = 32;

    /** The bytes {@code VTRL}: the trailer's envelope. */
    public static final int TRAILER_MAGIC = 0x4C525456;

    /** The bytes {@code VEND}. */
    public static final int FOOTER_MAGIC = 0x444E4556;

    public static final int FOOTER_BYTES = 24;

    /** A writer calls a pack full at this size. */
    public static final int TARGET_BYTES = 64 << 20;

    /** A writer calls a pack full at this many chunks: it keeps the trailer well inside one envelope. */
    public static final int TARGET_CHUNKS = 64 << 10;

    /** Offsets in a pack are positive 32-bit numbers. */
    public static final int MAX_BYTES = Integer.MAX_VALUE - EnvelopeHeader.MAX_STORED_BYTES;

    static final int TRAILER_FRAME_BYTES = 32;
    static final int TRAILER_CHUNK_BYTES = 36;

    private PackFormat() {}
}
