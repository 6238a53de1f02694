package dev.varve.codec;

/**
 * What kind of bytes a chunk has, as far as it matters to how the cold tier compresses it: chunks of one class share frames.
 * Nothing of this is stored, so classes and settings may change. Settings and reasons: docs/decisions/0013-cold-frames.md.
 */
public enum ContentClass {
    /** Text in any encoding that keeps ASCII: sources, logs, mail. */
    TEXT(FrameFormat.COLD_TARGET_BYTES),

    /** Mostly text, with other bytes between: pages of databases, archives of text. */
    RECORDS(1 << 20),

    /** Machine code of x86 processors. */
    X86_CODE(FrameFormat.COLD_TARGET_BYTES),

    /** All else that compresses. */
    BINARY(FrameFormat.COLD_TARGET_BYTES),

    /** Compressed or encrypted already: tried with LZ4, and then mostly stored as it is. */
    NOISE(1 << 20);

    private static final double LOG_2 = Math.log(2);

    /** Chunks below this are too short for their bytes to be counted on as noise. */
    private static final int SHORTEST_NOISE_BYTES = 512;

    private final int frameBytes;

    ContentClass(int frameBytes) {
        this.frameBytes = frameBytes;
    }

    /** Chunk bytes that a frame of this class collects. */
    public int frameBytes() {
        return frameBytes;
    }

    /** How XZ compresses it, or null when LZ4 does. */
    public XzSettings xz() {
        return switch (this) {
            case TEXT -> XzSettings.TEXT;
            case RECORDS -> XzSettings.RECORDS;
            case X86_CODE -> XzSettings.X86_CODE;
            case BINARY -> XzSettings.BINARY;
            case NOISE -> null;
        };
    }

    /** The class of a chunk by its bytes alone. */
    public static ContentClass of(byte[] bytes, int offset, int length) {
        int[] counts = new int[256];
        for (int i = offset; i < offset + length; i++) {
            counts[bytes[i] & 0xff]++;
        }
        if (isNoise(counts, length)) {
            return NOISE;
        }
        long ascii = (long) counts['\t'] + counts['\n'] + counts['\r'];
        for (int value = ' '; value < 0x7f; value++) {
            ascii += counts[value];
        }
        long other = 0;
        for (int value = 0x80; value < counts.length; value++) {
            other += counts[value];
        }
        if ((ascii + other) * 100 >= length * 98L && ascii * 100 >= length * 70L) {
            return TEXT;
        }
        if (ascii * 100 >= length * 90L) {
            return RECORDS;
        }
        return isX86Code(bytes, offset, length) ? X86_CODE : BINARY;
    }

    /**
     * Whether single bytes are as evenly spread as random ones, nearly: above 7.9 bits for each. A sample of n random bytes
     * shows about 255 / (2 n ln 2) bits less than 8, which is made up for.
     */
    private static boolean isNoise(int[] counts, int length) {
        if (length < SHORTEST_NOISE_BYTES) {
            return false;
        }
        double sum = 0;
        for (int count : counts) {
            if (count > 0) {
                sum += count * Math.log(count);
            }
        }
        double bits = (Math.log(length) - sum / length) / LOG_2;
        return bits + 255 / (2 * LOG_2 * length) > 7.9;
    }

    /** Near calls and jumps whose distance has a sign byte, and 64-bit moves: code has both every few dozen bytes. */
    private static boolean isX86Code(byte[] bytes, int offset, int length) {
        int calls = 0;
        int moves = 0;
        for (int i = offset; i < offset + length - 4; i++) {
            int value = bytes[i] & 0xff;
            if ((value & 0xfe) == 0xe8) {
                byte sign = bytes[i + 4];
                if ((sign == 0 || sign == -1) && bytes[i + 3] != bytes[i + 2]) {
                    calls++;
                }
            } else if (value == 0x48 || value == 0x49 || value == 0x4c) {
                int operation = bytes[i + 1] & 0xff;
                if (operation == 0x8b || operation == 0x89 || operation == 0x8d || (operation & 0xf9) == 0x81) {
                    moves++;
                }
            }
        }
        return calls * 300L > length && moves * 150L > length;
    }
}
