package dev.varve.fs.ext;

/** CRC-16 (polynomial 0xA001 reflected, from all ones) of uninit_bg's descriptor checksums. Immutable. */
record Crc16(int value) {
    private static final int[] TABLE = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int value = i;
            for (int bit = 0; bit < 8; bit++) {
                value = (value & 1) != 0 ? value >> 1 ^ 0xA001 : value >> 1;
            }
            TABLE[i] = value;
        }
    }

    Crc16() {
        this(0xffff);
    }

    Crc16 update(byte[] bytes, int offset, int length) {
        int crc = value;
        for (int i = offset; i < offset + length; i++) {
            crc = crc >> 8 ^ TABLE[(crc ^ bytes[i]) & 0xff];
        }
        return new Crc16(crc);
    }
}
