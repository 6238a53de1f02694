package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.codec.Envelope;
import dev.varve.codec.EnvelopeHeader;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Manifests as sealed objects of a backend (docs/format.md, "Manifest"). Thread safe. */
public final class SealedManifests implements ManifestStore {
    /** The bytes {@code VMAN}. */
    public static final int MAGIC = 0x4e414d56;

    /** The kind byte of the envelope. */
    static final int KIND = 0;

    private static final int NAME_BYTES = 16;

    private final Backend backend;
    private final RepositoryKeys keys;
    private final Envelope envelope;
    private final SealedRecords records;

    SealedManifests(Backend backend, RepositoryKeys keys, SealedRecords records) {
        this.backend = backend;
        this.keys = keys;
        this.envelope = new Envelope(MAGIC, keys.manifests());
        this.records = records;
    }

    @Override
    public String objectName(String host, String snapshotName) {
        byte[] hash = keys.objectNames()
                .hash(
                        host.getBytes(StandardCharsets.UTF_8),
                        new byte[] {0},
                        snapshotName.getBytes(StandardCharsets.UTF_8));
        return ObjectNames.SNAPSHOTS + HexFormat.of().formatHex(hash, 0, NAME_BYTES);
    }

    @Override
    public List<String> list() throws IOException {
        List<String> names = new ArrayList<>();
        backend.list(ObjectNames.SNAPSHOTS, object -> names.add(object.name()));
        return names;
    }

    @Override
    public byte[] read(String objectName) throws IOException {
        long size = backend.size(objectName);
        if (size > EnvelopeHeader.MAX_STORED_BYTES) {
            throw new CorruptException(objectName, -1, "no manifest has " + size + " bytes");
        }
        ByteBuffer stored = ByteBuffer.allocate((int) size);
        backend.read(objectName, 0, stored);
        byte[] plain = envelope.open(objectName, 0, stored.flip()).plain();
        int nameEnd = plain.length - NAME_BYTES;
        byte[] expected = nameBytes(objectName);
        if (nameEnd < 0 || !Arrays.equals(plain, nameEnd, plain.length, expected, 0, NAME_BYTES)) {
            throw new CorruptException(objectName, -1, "is the manifest of another snapshot");
        }
        return Arrays.copyOf(plain, nameEnd);
    }

    /**
     * The name is sealed with the manifest, so one cannot be put in the place of another. Whether it was forgotten is looked at
     * before, so that a taken name is seldom visible with other content, and after, since it may be forgotten meanwhile.
     */
    @Override
    public void publish(String objectName, byte[] plaintext) throws IOException {
        byte[] name = nameBytes(objectName);
        requireNotForgotten(objectName);
        byte[] bound = Arrays.copyOf(plaintext, plaintext.length + NAME_BYTES);
        System.arraycopy(name, 0, bound, plaintext.length, NAME_BYTES);
        backend.put(objectName, envelope.seal(KIND, ByteBuffer.wrap(bound)));
        try {
            requireNotForgotten(objectName);
        } catch (AlreadyExistsException e) {
            backend.delete(objectName);
            throw e;
        }
    }

    /** The tombstone comes first: from then on nobody takes the name. */
    @Override
    public void forget(String objectName) throws IOException {
        nameBytes(objectName);
        records.putUnlessThere(tombstone(objectName), SealedRecords.Kind.TOMBSTONE, new byte[0]);
        backend.delete(objectName);
    }

    @Override
    public boolean isForgotten(String objectName) throws IOException {
        return records.exists(tombstone(objectName));
    }

    private void requireNotForgotten(String objectName) throws IOException {
        if (isForgotten(objectName)) {
            throw new AlreadyExistsException(
                    objectName + ": a snapshot of this name was forgotten; names are not used again");
        }
    }

    private static String tombstone(String objectName) {
        return ObjectNames.FORGOTTEN + objectName.substring(ObjectNames.SNAPSHOTS.length());
    }

    private static byte[] nameBytes(String objectName) throws CorruptException {
        String hex = objectName.startsWith(ObjectNames.SNAPSHOTS)
                ? objectName.substring(ObjectNames.SNAPSHOTS.length())
                : "";
        try {
            byte[] name = HexFormat.of().parseHex(hex);
            if (name.length == NAME_BYTES) {
                return name;
            }
        } catch (IllegalArgumentException e) {
            CorruptException corrupt = new CorruptException(objectName, -1, "no manifest has this name");
            corrupt.initCause(e);
            throw corrupt;
        }
        throw new CorruptException(objectName, -1, "no manifest has this name");
    }
}
