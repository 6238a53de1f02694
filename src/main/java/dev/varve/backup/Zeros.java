package dev.varve.backup;

import java.util.Arrays;

/** Finds out whether bytes are all zero, fast enough to ask it of everything that is read. */
final class Zeros {
    private static final byte[] ZEROS = new byte[4096];

    private Zeros() {}

    static boolean are(byte[] data, int from, int to) {
        for (int at = from; at < to; at += ZEROS.length) {
            int end = Math.min(to, at + ZEROS.length);
            if (!Arrays.equals(data, at, end, ZEROS, 0, end - at)) {
                return false;
            }
        }
        return true;
    }
}
