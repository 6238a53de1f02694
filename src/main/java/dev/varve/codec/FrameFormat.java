package dev.varve.codec;

import dev.varve.model.PackKind;

/** The constants of a frame (docs/format.md, "Frame"). */
public final class FrameFormat {
    /** The bytes {@code VFRM}. */
    public static final int MAGIC = 0x4D524656;

    /** A frame of the hot tier takes chunks up to this many bytes. */
    public static final int HOT_TARGET_BYTES = 256 << 10;

    /** A frame of the cold tier takes chunks up to this many bytes, or fewer where that costs no space. */
    public static final int COLD_TARGET_BYTES = 4 << 20;

    /** The most chunks of one frame. */
    public static final int MAX_CHUNKS = 8192;

    /** What the table at the end of the plaintext says of a chunk: its length and the first eight bytes of its id. */
    public static final int TABLE_ENTRY_BYTES = Integer.BYTES + Long.BYTES;

    /** The most chunk bytes of one frame. */
    public static final int MAX_DATA_BYTES =
            EnvelopeHeader.MAX_PLAIN_BYTES - MAX_CHUNKS * TABLE_ENTRY_BYTES - Integer.BYTES;

    private FrameFormat() {}

    /** The kind byte of packs, frames and trailers. */
    public static int code(PackKind kind) {
        return kind == PackKind.DATA ? 0 : 1;
    }

    /** The kind of a code, or null when there is none. */
    public static PackKind kind(int code) {
        return code == 0 ? PackKind.DATA : code == 1 ? PackKind.METADATA : null;
    }
}
