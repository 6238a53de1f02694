package dev.varve.pack;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.bytes.Checksums;
import dev.varve.codec.EnvelopeHeader;
import dev.varve.model.CorruptException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The last 24 bytes of a pack (docs/format.md, "Pack"): where the trailer lies.
 *
 * @param trailerOffset bytes from the start of the pack
 * @param trailerLength bytes of the trailer's envelope
 */
record PackFooter(int trailerOffset, int trailerLength) {
    private static final int CRC_OFFSET = 16;

    byte[] encode() {
        ByteWriter writer = new ByteWriter(PackFormat.FOOTER_BYTES)
                .u64(trailerOffset)
                .u32(trailerLength)
                .zeros(4);
        return writer.i32(writer.crc32c(0)).i32(PackFormat.FOOTER_MAGIC).toByteArray();
    }

    /**
     * @param packLength bytes of the whole pack
     * @param stored its last 24 bytes, from position; not moved
     */
    static PackFooter decode(String resource, long packLength, ByteBuffer stored) throws CorruptException {
        long offset = packLength - PackFormat.FOOTER_BYTES;
        ByteReader reader = ByteReader.of(resource, offset, stored, ByteOrder.LITTLE_ENDIAN);
        long trailerOffset = reader.u64();
        long trailerLength = reader.u32();
        reader.expectZero(4, "reserved field");
        if (reader.i32() != Checksums.crc32c(stored.slice(stored.position(), CRC_OFFSET))) {
            throw new CorruptException(resource, offset, "footer checksum does not match: the pack is cut or damaged");
        }
        if (reader.i32() != PackFormat.FOOTER_MAGIC) {
            throw new CorruptException(resource, offset, "the pack has no footer: it is cut or damaged");
        }
        if (trailerOffset < PackFormat.HEADER_BYTES
                || trailerLength < EnvelopeHeader.BYTES
                || trailerLength > EnvelopeHeader.MAX_STORED_BYTES
                || trailerOffset > offset
                || trailerOffset + trailerLength != offset) {
            throw new CorruptException(resource, offset, "footer points to a trailer that can't be there");
        }
        return new PackFooter((int) trailerOffset, (int) trailerLength);
    }
}
