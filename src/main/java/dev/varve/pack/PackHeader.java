package dev.varve.pack;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.bytes.Checksums;
import dev.varve.codec.FrameFormat;
import dev.varve.model.CorruptException;
import dev.varve.model.PackKind;
import dev.varve.model.RepositoryId;
import dev.varve.model.UnsupportedFormatException;
import java.nio.ByteBuffer;

/** The first 32 bytes of a pack (docs/format.md, "Pack"). */
public record PackHeader(PackKind kind, RepositoryId repository) {
    private static final int CRC_OFFSET = 24;

    byte[] encode() {
        ByteWriter writer = new ByteWriter(PackFormat.HEADER_BYTES)
                .i32(PackFormat.MAGIC)
                .u16(PackFormat.VERSION)
                .u8(FrameFormat.code(kind))
                .u8(0)
                .bytes(repository.toBytes());
        return writer.i32(writer.crc32c(0)).zeros(4).toByteArray();
    }

    /** @param stored the pack's first bytes, from position; not moved */
    static PackHeader decode(String resource, ByteBuffer stored) throws CorruptException, UnsupportedFormatException {
        ByteReader reader = ByteReader.of(resource, stored);
        if (reader.remaining() < PackFormat.HEADER_BYTES || reader.i32() != PackFormat.MAGIC) {
            throw new CorruptException(resource, 0, "is not a pack");
        }
        int version = reader.u16();
        if (version != PackFormat.VERSION) {
            throw new UnsupportedFormatException(resource, "pack version " + version, "version " + PackFormat.VERSION);
        }
        PackKind kind = FrameFormat.kind(reader.u8());
        reader.expectZero(1, "reserved field");
        RepositoryId repository = RepositoryId.of(reader.bytes(RepositoryId.BYTES));
        if (reader.i32() != Checksums.crc32c(stored.slice(stored.position(), CRC_OFFSET))) {
            throw new CorruptException(resource, 0, "pack header checksum does not match");
        }
        reader.expectZero(4, "reserved field");
        if (kind == null) {
            throw new CorruptException(resource, 6, "pack kind is unknown");
        }
        return new PackHeader(kind, repository);
    }
}
