package dev.varve.crypto;

import java.util.Arrays;

/** HKDF-Expand with SHA-256 (RFC 5869, section 2.3). The extract step is left out: our input keys are uniformly random. */
public final class Hkdf {
    private static final int MAX_BLOCKS = 255;

    private Hkdf() {}

    /** @param length bytes wanted, at most 255 × 32 */
    public static byte[] expand(byte[] key, byte[] info, int length) {
        if (length < 1 || length > MAX_BLOCKS * KeyedHash.BYTES) {
            throw new IllegalArgumentException("HKDF can't give " + length + " bytes");
        }
        KeyedHash hmac = new KeyedHash(key);
        byte[] output = new byte[length];
        byte[] block = new byte[0];
        for (int at = 0, counter = 1; at < length; at += KeyedHash.BYTES, counter++) {
            byte[] next = hmac.hash(block, info, new byte[] {(byte) counter});
            Arrays.fill(block, (byte) 0);
            block = next;
            System.arraycopy(block, 0, output, at, Math.min(block.length, length - at));
        }
        Arrays.fill(block, (byte) 0);
        return output;
    }
}
