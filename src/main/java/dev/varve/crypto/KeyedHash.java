package dev.varve.crypto;

import dev.varve.bytes.Pool;
import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * HMAC-SHA-256 under one key. Thread safe: each call borrows a Mac from a pool. The key lives inside the JDK's Mac
 * objects, which can't be cleared; they go when this goes.
 */
public final class KeyedHash {
    public static final int BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int POOL = 64;

    private final Pool<Mac> macs;

    /** @param key copied */
    KeyedHash(byte[] key) {
        SecretKeySpec spec = new SecretKeySpec(key, ALGORITHM);
        macs = new Pool<>(POOL, () -> newMac(spec));
    }

    /** The hash of the parts one after another. */
    public byte[] hash(byte[]... parts) {
        Mac mac = macs.take();
        for (byte[] part : parts) {
            mac.update(part);
        }
        byte[] hash = mac.doFinal();
        macs.give(mac);
        return hash;
    }

    public byte[] hash(byte[] data, int offset, int length) {
        Mac mac = macs.take();
        mac.update(data, offset, length);
        byte[] hash = mac.doFinal();
        macs.give(mac);
        return hash;
    }

    /** From position to limit; the buffer is not moved. */
    public byte[] hash(ByteBuffer data) {
        Mac mac = macs.take();
        mac.update(data.duplicate());
        byte[] hash = mac.doFinal();
        macs.give(mac);
        return hash;
    }

    private static Mac newMac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("this Java has no HMAC-SHA-256", e);
        }
    }
}
