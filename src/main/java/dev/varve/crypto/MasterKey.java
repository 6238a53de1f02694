package dev.varve.crypto;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The 32 secret bytes of a repository from which all its keys derive (docs/format.md, "Keys"). An unencrypted repository
 * has 32 zero bytes: its ids and names are made the same way, but its seals are checksums. Whoever made it closes it,
 * which clears the bytes; derive what is needed first ({@link RepositoryKeys}). Not thread safe.
 */
public final class MasterKey implements AutoCloseable {
    public static final int BYTES = 32;

    private final byte[] secret;
    private final boolean encrypted;
    private boolean closed;

    private MasterKey(byte[] secret, boolean encrypted) {
        this.secret = secret;
        this.encrypted = encrypted;
    }

    public static MasterKey random(SecureRandom random) {
        byte[] secret = new byte[BYTES];
        random.nextBytes(secret);
        return new MasterKey(secret, true);
    }

    /** The key of a repository without encryption. */
    public static MasterKey unencrypted() {
        return new MasterKey(new byte[BYTES], false);
    }

    /** Takes the array over: it is cleared on close. */
    static MasterKey takeOver(byte[] secret) {
        if (secret.length != BYTES) {
            throw new IllegalArgumentException("a master key has 32 bytes, not " + secret.length);
        }
        return new MasterKey(secret, true);
    }

    public boolean encrypted() {
        return encrypted;
    }

    /** The 32-byte sub-key for a purpose; the caller clears it. */
    byte[] derive(KeyPurpose purpose) {
        requireOpen();
        return Hkdf.expand(secret, purpose.labelBytes(), BYTES);
    }

    /** The bytes themselves, copied; the caller clears them. */
    byte[] reveal() {
        requireOpen();
        return secret.clone();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the master key is closed");
        }
    }

    @Override
    public void close() {
        Arrays.fill(secret, (byte) 0);
        closed = true;
    }
}
