package dev.varve.crypto;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.bytes.Checksums;
import dev.varve.model.AuthenticationException;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.RefusedException;
import dev.varve.model.RepositoryId;
import dev.varve.model.UnsupportedFormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;

/**
 * The master key wrapped under one password (docs/format.md, "Key file"). Any number of key files may open one
 * repository; changing a password replaces its key file. All but the wrapped key is plaintext, authenticated together
 * with the repository's id. Immutable; input of {@link #decode} is hostile.
 */
public final class KeyFile {
    /** The bytes {@code VARVEKEY}. */
    public static final long MAGIC = 0x59454B4556524156L;

    public static final int VERSION = 1;
    public static final int KDF_ARGON2ID = 1;
    public static final int SALT_BYTES = 32;
    public static final int MAX_LABEL_BYTES = 255;

    private static final int WRAPPED_BYTES = MasterKey.BYTES + Sealer.TAG_BYTES;

    private final KeyDerivation derivation;
    private final Instant created;
    private final String label;
    private final ByteString salt;
    private final ByteString nonce;
    private final ByteString wrapped;

    private KeyFile(
            KeyDerivation derivation,
            Instant created,
            String label,
            ByteString salt,
            ByteString nonce,
            ByteString wrapped) {
        this.derivation = derivation;
        this.created = created;
        this.label = label;
        this.salt = salt;
        this.nonce = nonce;
        this.wrapped = wrapped;
    }

    /**
     * Wraps a master key.
     *
     * @param created kept to the second
     * @param label whose password it is, for {@code varve key list}; at most 255 bytes of UTF-8
     */
    public static KeyFile create(
            MasterKey master,
            Password password,
            RepositoryId repository,
            KeyDerivation derivation,
            Instant created,
            String label,
            SecureRandom random)
            throws RefusedException {
        if (label.getBytes(StandardCharsets.UTF_8).length > MAX_LABEL_BYTES) {
            throw new RefusedException("the label of a key may have at most " + MAX_LABEL_BYTES + " bytes");
        }
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        byte[] key = derivation.derive(password, salt);
        byte[] secret = master.reveal();
        try {
            Sealer sealer = new AesGcmSealer(key, random);
            byte[] nonce = sealer.nonce();
            Instant second = Instant.ofEpochSecond(created.getEpochSecond());
            KeyFile unsealed =
                    new KeyFile(derivation, second, label, ByteString.of(salt), ByteString.of(nonce), ByteString.EMPTY);
            ByteBuffer wrapped = ByteBuffer.allocate(WRAPPED_BYTES);
            sealer.seal(nonce, unsealed.associatedData(repository), ByteBuffer.wrap(secret), wrapped);
            return new KeyFile(
                    derivation, second, label, unsealed.salt, unsealed.nonce, ByteString.of(wrapped.array()));
        } finally {
            Arrays.fill(key, (byte) 0);
            Arrays.fill(secret, (byte) 0);
        }
    }

    /**
     * Unwraps the master key; the caller closes it.
     *
     * @throws AuthenticationException if the password is another key file's or wrong
     */
    public MasterKey unlock(Password password, RepositoryId repository)
            throws AuthenticationException, RefusedException {
        byte[] key = derivation.derive(password, salt.toBytes());
        byte[] secret = new byte[MasterKey.BYTES];
        try {
            new AesGcmSealer(key, new SecureRandom())
                    .open(
                            nonce.toBytes(),
                            associatedData(repository),
                            ByteBuffer.wrap(wrapped.toBytes()),
                            ByteBuffer.wrap(secret));
            return MasterKey.takeOver(secret);
        } catch (AuthenticationException e) {
            AuthenticationException wrong = new AuthenticationException("wrong password");
            wrong.initCause(e);
            throw wrong;
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    public KeyDerivation derivation() {
        return derivation;
    }

    public Instant created() {
        return created;
    }

    public String label() {
        return label;
    }

    public byte[] encode() {
        ByteWriter writer = plaintextPart();
        writer.bytes(wrapped);
        writer.i32(writer.crc32c(0));
        return writer.toByteArray();
    }

    /** @param resource the key file's name, for messages */
    public static KeyFile decode(String resource, byte[] stored) throws CorruptException, UnsupportedFormatException {
        ByteReader reader = ByteReader.of(resource, stored);
        if (reader.u64() != MAGIC) {
            throw new CorruptException(resource, 0, "is not a key file");
        }
        int version = reader.u16();
        if (version != VERSION) {
            throw new UnsupportedFormatException(resource, "key file version " + version, "version " + VERSION);
        }
        int kdf = reader.u16();
        if (kdf != KDF_ARGON2ID) {
            throw new UnsupportedFormatException(resource, "key derivation " + kdf, "1 (Argon2id)");
        }
        int checked = Math.max(0, stored.length - Integer.BYTES);
        int sum = Checksums.crc32c(stored, 0, checked);
        int memoryKib = reader.u32("memory", 8, KeyDerivation.MAX_MEMORY_KIB);
        int passes = reader.u32("passes", 1, KeyDerivation.MAX_PASSES);
        int lanes = reader.u32("lanes", 1, KeyDerivation.MAX_LANES);
        long created = reader.u64();
        ByteString salt = reader.byteString(SALT_BYTES);
        ByteString nonce = reader.byteString(Sealer.NONCE_BYTES);
        ByteString label = reader.byteString(reader.u8());
        ByteString wrapped = reader.byteString(WRAPPED_BYTES);
        if (reader.i32() != sum) {
            throw new CorruptException(resource, checked, "checksum does not match");
        }
        reader.expectEnd();
        try {
            return new KeyFile(
                    new KeyDerivation(memoryKib, passes, lanes),
                    Instant.ofEpochSecond(created),
                    new String(label.toBytes(), StandardCharsets.UTF_8),
                    salt,
                    nonce,
                    wrapped);
        } catch (IllegalArgumentException | java.time.DateTimeException e) {
            CorruptException corrupt = new CorruptException(resource, 0, e.getMessage());
            corrupt.initCause(e);
            throw corrupt;
        }
    }

    private ByteWriter plaintextPart() {
        byte[] labelBytes = label.getBytes(StandardCharsets.UTF_8);
        return new ByteWriter()
                .u64(MAGIC)
                .u16(VERSION)
                .u16(KDF_ARGON2ID)
                .u32(derivation.memoryKib())
                .u32(derivation.passes())
                .u32(derivation.lanes())
                .u64(created.getEpochSecond())
                .bytes(salt)
                .bytes(nonce)
                .u8(labelBytes.length)
                .bytes(labelBytes);
    }

    private ByteBuffer associatedData(RepositoryId repository) {
        return plaintextPart().bytes(repository.toBytes()).toBuffer();
    }
}
