package dev.varve.crypto;

import dev.varve.bytes.Pool;
import dev.varve.model.AuthenticationException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM under a key of its own for each message, HMAC-SHA-256(K, first half of the nonce), with the second half as
 * GCM nonce: random nonces then never repeat in practice, whatever the volume (docs/format.md, "Seal"). Ciphers come from
 * a pool and work in one step on arrays, which is what the JDK does fast.
 */
final class AesGcmSealer implements Sealer {
    private static final int HALF_NONCE = NONCE_BYTES / 2;
    private static final int POOL = 64;

    private final KeyedHash messageKeys;
    private final SecureRandom random;
    private final Pool<Cipher> ciphers = new Pool<>(POOL, AesGcmSealer::newCipher);

    AesGcmSealer(byte[] key, SecureRandom random) {
        this.messageKeys = new KeyedHash(key);
        this.random = random;
    }

    @Override
    public byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }

    @Override
    public void seal(byte[] nonce, ByteBuffer header, ByteBuffer plaintext, ByteBuffer target) {
        try {
            run(Cipher.ENCRYPT_MODE, nonce, header, plaintext, target);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM failed to seal", e);
        }
    }

    @Override
    public void open(byte[] nonce, ByteBuffer header, ByteBuffer sealed, ByteBuffer target)
            throws AuthenticationException {
        try {
            if (sealed.remaining() < TAG_BYTES) {
                throw new AEADBadTagException("shorter than a tag");
            }
            run(Cipher.DECRYPT_MODE, nonce, header, sealed, target);
        } catch (AEADBadTagException e) {
            throw failure(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM failed to open", e);
        }
    }

    static AuthenticationException failure(Exception cause) {
        AuthenticationException failure =
                new AuthenticationException("does not authenticate: damaged, or sealed under another key");
        failure.initCause(cause);
        return failure;
    }

    private void run(int mode, byte[] nonce, ByteBuffer header, ByteBuffer input, ByteBuffer target)
            throws GeneralSecurityException {
        byte[] key = messageKeys.hash(nonce, 0, HALF_NONCE);
        Cipher cipher = ciphers.take();
        cipher.init(
                mode,
                new SecretKeySpec(key, "AES"),
                new GCMParameterSpec(8 * TAG_BYTES, nonce, HALF_NONCE, HALF_NONCE));
        Arrays.fill(key, (byte) 0);
        cipher.updateAAD(header.array(), header.arrayOffset() + header.position(), header.remaining());
        int written = cipher.doFinal(
                input.array(),
                input.arrayOffset() + input.position(),
                input.remaining(),
                target.array(),
                target.arrayOffset() + target.position());
        ciphers.give(cipher);
        header.position(header.limit());
        input.position(input.limit());
        target.position(target.position() + written);
    }

    private static Cipher newCipher() {
        try {
            return Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no AES-GCM", e);
        }
    }
}
