package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.bytes.Checksums;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.RepositoryId;
import dev.varve.model.UnsupportedFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What must be known of a repository before any key (docs/format.md, "Config"). Written once, at init, by put-if-absent.
 *
 * @param encrypted false when init was told so
 */
public record RepositoryConfig(RepositoryId id, boolean encrypted) {
    /** The bytes {@code VARVECFG}. */
    public static final long MAGIC = 0x4746434556524156L;

    /** The version of the whole stored form. */
    public static final int VERSION = 1;

    public static final int BYTES = 32;

    public static final int MODE_UNENCRYPTED = 0;
    public static final int MODE_ENCRYPTED = 1;

    private static final int CRC_OFFSET = 28;

    /** @throws dev.varve.model.AlreadyExistsException if there is a repository already */
    public void write(Backend backend) throws IOException {
        backend.put(ObjectNames.CONFIG, ByteBuffer.wrap(encode()));
    }

    /**
     * @throws NotFoundException if there is no repository
     * @throws UnsupportedFormatException if it is of a newer version
     */
    public static RepositoryConfig read(Backend backend) throws IOException {
        // One byte more than there may be, so that a longer object is seen.
        ByteBuffer stored = ByteBuffer.allocate(BYTES + 1);
        int length;
        try {
            length = backend.read(ObjectNames.CONFIG, 0, stored);
        } catch (NotFoundException e) {
            NotFoundException none =
                    new NotFoundException(backend.describe() + " is not a repository; make one with varve init");
            none.initCause(e);
            throw none;
        }
        return decode(backend.describe() + "/" + ObjectNames.CONFIG, Arrays.copyOf(stored.array(), length));
    }

    byte[] encode() {
        ByteWriter writer = new ByteWriter(BYTES)
                .u64(MAGIC)
                .u16(VERSION)
                .u8(encrypted ? MODE_ENCRYPTED : MODE_UNENCRYPTED)
                .u8(0)
                .bytes(id.toBytes());
        return writer.i32(writer.crc32c(0)).toByteArray();
    }

    static RepositoryConfig decode(String resource, byte[] stored) throws CorruptException, UnsupportedFormatException {
        ByteReader reader = ByteReader.of(resource, stored);
        if (reader.u64() != MAGIC) {
            throw new CorruptException(resource, 0, "is not the config of a repository");
        }
        int version = reader.u16();
        if (version != VERSION) {
            throw new UnsupportedFormatException(resource, "repository format " + version, "format " + VERSION);
        }
        int mode = reader.u8();
        reader.expectZero(1, "reserved field");
        RepositoryId id = RepositoryId.of(reader.bytes(RepositoryId.BYTES));
        if (reader.i32() != Checksums.crc32c(stored, 0, CRC_OFFSET)) {
            throw new CorruptException(resource, CRC_OFFSET, "checksum does not match");
        }
        reader.expectEnd();
        if (mode != MODE_ENCRYPTED && mode != MODE_UNENCRYPTED) {
            throw new UnsupportedFormatException(resource, "mode " + mode, "0 (unencrypted) and 1 (encrypted)");
        }
        return new RepositoryConfig(id, mode == MODE_ENCRYPTED);
    }
}
