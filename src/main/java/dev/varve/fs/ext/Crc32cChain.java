package dev.varve.fs.ext;

import java.util.zip.CRC32C;

/**
 * CRC-32C as the kernel chains it: any starting state, no final inversion. The JDK's hardware CRC always starts from all
 * ones, so four bytes that lead it from there to the wanted state are fed first. Immutable.
 */
final class Crc32cChain {
    private static final int POLYNOMIAL = 0x82F63B78;

    private final byte[] prefix = new byte[4];

    /** @param state what the checksum was before the first byte */
    Crc32cChain(int state) {
        int register = state;
        for (int bit = 0; bit < 32; bit++) {
            register = register < 0 ? (register ^ POLYNOMIAL) << 1 | 1 : register << 1;
        }
        Raw.put32(prefix, 0, ~register);
    }

    /** A checksum under way. */
    CRC32C begin() {
        CRC32C crc = new CRC32C();
        crc.update(prefix);
        return crc;
    }

    /** The state a checksum is in. */
    static int state(CRC32C crc) {
        return ~(int) crc.getValue();
    }

    int of(byte[] bytes, int offset, int length) {
        CRC32C crc = begin();
        crc.update(bytes, offset, length);
        return state(crc);
    }

    /** The chain that goes on after {@code bytes}. */
    Crc32cChain then(byte[] bytes) {
        return new Crc32cChain(of(bytes, 0, bytes.length));
    }
}
