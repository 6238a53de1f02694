package dev.varve.fs.ext;

/** CRC-32 with the polynomial 0x04C11DB7, most significant bit first, as journal checksums of version 1 have it. */
final class Crc32Be {
    private static final int[] TABLE = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int value = i << 24;
            for (int bit = 0; bit < 8; bit++) {
                value = value < 0 ? value << 1 ^ 0x04C11DB7 : value << 1;
            }
            TABLE[i] = value;
        }
    }

    private Crc32Be() {}

    /** Goes on from {@code state} over a block. */
    static int update(int state, byte[] bytes) {
        int crc = state;
        for (byte b : bytes) {
            crc = crc << 8 ^ TABLE[crc >>> 24 ^ b & 0xff];
        }
        return crc;
    }
}
