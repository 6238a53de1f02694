package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.codec.Envelope;
import dev.varve.codec.EnvelopeHeader;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Small sealed objects beside packs and manifests (docs/format.md, "Records"): what stands in one is sealed with the object's
 * name, so that it cannot be put in another's place. Thread safe.
 */
public final class SealedRecords {
    /** The bytes {@code VREC}. */
    public static final int MAGIC = 0x43455256;

    private static final int MAX_NAME_BYTES = 255;

    private final Backend backend;
    private final Envelope envelope;

    /** What a record is; the kind byte of its envelope. */
    public enum Kind {
        LABEL(0),
        TOMBSTONE(1),
        MARK(2),
        KEEP(3),
        TIER(4),
        OWNER(5),
        USE(6);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /** As stored. */
        public int code() {
            return code;
        }
    }

    SealedRecords(Backend backend, RepositoryKeys keys) {
        this.backend = backend;
        this.envelope = new Envelope(MAGIC, keys.records());
    }

    boolean exists(String objectName) throws IOException {
        try {
            backend.size(objectName);
            return true;
        } catch (NotFoundException none) {
            return false;
        }
    }

    void put(String objectName, Kind kind, byte[] body) throws IOException {
        byte[] name = objectName.getBytes(StandardCharsets.US_ASCII);
        ByteWriter plain = new ByteWriter(body.length + name.length + 1);
        plain.u8(name.length).bytes(name).bytes(body);
        backend.put(objectName, envelope.seal(kind.code(), ByteBuffer.wrap(plain.toByteArray())));
    }

    /** For a record whose being there is all that it says. */
    void putUnlessThere(String objectName, Kind kind, byte[] body) throws IOException {
        if (exists(objectName)) {
            return;
        }
        try {
            put(objectName, kind, body);
        } catch (AlreadyExistsException e) {
            return; // someone else has said the same a moment ago
        }
    }

    /**
     * A record's body.
     *
     * @throws NotFoundException if there is none
     * @throws CorruptException if it is damaged, not by this repository's key, of another kind or another name
     */
    ByteReader read(String objectName, Kind kind) throws IOException {
        long size = backend.size(objectName);
        if (size > EnvelopeHeader.MAX_STORED_BYTES) {
            throw new CorruptException(objectName, -1, "no record has " + size + " bytes");
        }
        ByteBuffer stored = ByteBuffer.allocate((int) size);
        backend.read(objectName, 0, stored);
        Envelope.Opened opened = envelope.open(objectName, 0, stored.flip());
        ByteReader in = ByteReader.of(objectName, opened.plain());
        byte[] name = in.bytes(in.u8());
        if (opened.kind() != kind.code()
                || name.length > MAX_NAME_BYTES
                || !Arrays.equals(name, objectName.getBytes(StandardCharsets.US_ASCII))) {
            throw new CorruptException(objectName, -1, "is another record than its name says");
        }
        return in;
    }

    void delete(String objectName) throws IOException {
        backend.delete(objectName);
    }
}
