package dev.varve.codec;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.bytes.Checksums;
import dev.varve.crypto.Sealer;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.UnsupportedFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The 48 plaintext bytes in front of every sealed structure (docs/format.md, "Envelope"). A value of this class has
 * passed all checks that the header alone allows; its lengths are bounded.
 *
 * @param kind what the structure's own format says of it
 * @param plainLength bytes after opening and decompressing
 * @param sealedLength bytes that follow the header: compressed plaintext and tag
 */
public record EnvelopeHeader(int magic, Codec codec, int kind, int plainLength, int sealedLength, ByteString nonce) {
    public static final int BYTES = 48;
    public static final int VERSION = 1;

    /** The most plaintext in one envelope: bounds what a hostile header can make us allocate. */
    public static final int MAX_PLAIN_BYTES = 8 << 20;

    /** The longest envelope. */
    public static final int MAX_STORED_BYTES = BYTES + MAX_PLAIN_BYTES + Sealer.TAG_BYTES;

    private static final int CRC_OFFSET = 40;

    /** Header and what follows it, in bytes. */
    public int storedLength() {
        return BYTES + sealedLength;
    }

    byte[] encode() {
        ByteWriter writer = new ByteWriter(BYTES)
                .i32(magic)
                .u16(VERSION)
                .u8(codec.code())
                .u8(kind)
                .u32(plainLength)
                .u32(sealedLength)
                .bytes(nonce);
        return writer.i32(writer.crc32c(0)).zeros(4).toByteArray();
    }

    /**
     * Reads 48 bytes from the buffer's position without moving it.
     *
     * @param resource the object, for messages
     * @param offset where the header lies in it, in bytes
     */
    public static EnvelopeHeader decode(String resource, long offset, int magic, ByteBuffer stored)
            throws CorruptException, UnsupportedFormatException {
        ByteReader reader = ByteReader.of(resource, offset, stored, ByteOrder.LITTLE_ENDIAN);
        if (reader.remaining() < BYTES) {
            throw new CorruptException(resource, offset, "ends inside a header");
        }
        if (reader.i32() != magic) {
            throw new CorruptException(resource, offset, "no " + name(magic) + " here");
        }
        int version = reader.u16();
        if (version != VERSION) {
            throw new UnsupportedFormatException(resource, name(magic) + " version " + version, "version " + VERSION);
        }
        int codecCode = reader.u8();
        int kind = reader.u8();
        int plainLength = reader.u32("plaintext length", 0, MAX_PLAIN_BYTES);
        int sealedLength = reader.u32("sealed length", Sealer.TAG_BYTES, MAX_PLAIN_BYTES + Sealer.TAG_BYTES);
        ByteString nonce = reader.byteString(Sealer.NONCE_BYTES);
        if (reader.i32() != Checksums.crc32c(stored.slice(stored.position(), CRC_OFFSET))) {
            throw new CorruptException(resource, offset, "header checksum does not match");
        }
        reader.expectZero(4, "reserved field");
        Codec codec = Codec.ofCode(codecCode);
        if (codec == null) {
            throw new UnsupportedFormatException(resource, "codec " + codecCode, "0 (raw), 1 (LZ4) and 2 (XZ)");
        }
        int compressedLength = sealedLength - Sealer.TAG_BYTES;
        if (codec == Codec.RAW ? compressedLength != plainLength : compressedLength >= plainLength) {
            throw new CorruptException(
                    resource, offset, "lengths contradict: " + compressedLength + " stored for " + plainLength);
        }
        return new EnvelopeHeader(magic, codec, kind, plainLength, sealedLength, nonce);
    }

    /** The magic's four letters, for messages. */
    private static String name(int magic) {
        StringBuilder letters = new StringBuilder(4);
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            letters.append((char) (magic >>> shift & 0x7f));
        }
        return letters.toString();
    }
}
