package dev.varve.chunk;

/** The constants of content-defined chunking (docs/format.md, "Chunker"). */
public final class ChunkerFormat {
    public static final int MIN_BYTES = 8 << 10;
    public static final int NORMAL_BYTES = 24 << 10;
    public static final int MAX_BYTES = 128 << 10;

    /** Before the normal size: 17 bits must be zero. */
    public static final long EARLY_MASK = 0xFFFF_8000_0000_0000L;

    /** From the normal size on: 13 bits must be zero. */
    public static final long LATE_MASK = 0xFFF8_0000_0000_0000L;

    public static final int GEAR_ENTRIES = 256;

    private ChunkerFormat() {}
}
