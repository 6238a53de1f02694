package dev.varve.bytes;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The checksum of our plaintext headers: CRC-32C (Castagnoli, RFC 3720), which the JDK computes with the CPU's instruction. */
public final class Checksums {
    private Checksums() {}

    public static int crc32c(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    /** From position to limit; the buffer is not moved. */
    public static int crc32c(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }
}
