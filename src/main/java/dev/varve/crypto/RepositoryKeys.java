package dev.varve.crypto;

import dev.varve.model.RepositoryId;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * All that the sub-keys of one repository can do (docs/format.md, "Keys"). Derived once when a repository is opened; the
 * master key may be closed after that. Thread safe. The sub-keys live inside JDK objects, which can't be cleared, as long
 * as this lives.
 */
public final class RepositoryKeys {
    private final RepositoryId repository;
    private final boolean encrypted;
    private final Sealer frames;
    private final Sealer trailers;
    private final Sealer manifests;
    private final Sealer records;
    private final Sealer readCache;
    private final KeyedHash objectNames;
    private final IdHasher chunkIds;
    private final byte[] gearKey;

    private RepositoryKeys(RepositoryId repository, MasterKey master, SecureRandom random) {
        this.repository = repository;
        this.encrypted = master.encrypted();
        this.frames = sealer(master, KeyPurpose.FRAME, random);
        this.trailers = sealer(master, KeyPurpose.TRAILER, random);
        this.manifests = sealer(master, KeyPurpose.MANIFEST, random);
        this.records = sealer(master, KeyPurpose.RECORD, random);
        this.readCache = sealer(master, KeyPurpose.READ_CACHE, random);
        this.objectNames = keyedHash(master, KeyPurpose.OBJECT_NAME);
        this.chunkIds = new IdHasher(keyedHash(master, KeyPurpose.CHUNK_ID));
        this.gearKey = master.derive(KeyPurpose.GEAR_TABLE);
    }

    /** @param random draws nonces */
    public static RepositoryKeys derive(RepositoryId repository, MasterKey master, SecureRandom random) {
        return new RepositoryKeys(repository, master, random);
    }

    public RepositoryId repository() {
        return repository;
    }

    public boolean encrypted() {
        return encrypted;
    }

    public Sealer frames() {
        return frames;
    }

    public Sealer trailers() {
        return trailers;
    }

    public Sealer manifests() {
        return manifests;
    }

    /** For labels, marks and the like. */
    public Sealer records() {
        return records;
    }

    /** For what of the cold tier is kept on the local disk. */
    public Sealer readCache() {
        return readCache;
    }

    /** Names packs and manifests. */
    public KeyedHash objectNames() {
        return objectNames;
    }

    public IdHasher chunkIds() {
        return chunkIds;
    }

    /** For {@code chunk.Chunker}; a copy. */
    public byte[] gearKey() {
        return gearKey.clone();
    }

    private static Sealer sealer(MasterKey master, KeyPurpose purpose, SecureRandom random) {
        if (!master.encrypted()) {
            return new ChecksumSealer(random);
        }
        byte[] key = master.derive(purpose);
        Sealer sealer = new AesGcmSealer(key, random);
        Arrays.fill(key, (byte) 0);
        return sealer;
    }

    private static KeyedHash keyedHash(MasterKey master, KeyPurpose purpose) {
        byte[] key = master.derive(purpose);
        KeyedHash hash = new KeyedHash(key);
        Arrays.fill(key, (byte) 0);
        return hash;
    }
}
