package dev.varve.crypto;

import dev.varve.bytes.Pool;
import dev.varve.model.AuthenticationException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The seal of an unencrypted repository: the plaintext itself and, for a tag, the first 16 bytes of SHA-256(nonce, header,
 * plaintext). It finds damage, not malice (docs/format.md, "Seal").
 */
final class ChecksumSealer implements Sealer {
    private static final int POOL = 64;

    private final SecureRandom random;
    private final Pool<MessageDigest> digests = new Pool<>(POOL, ChecksumSealer::newDigest);

    ChecksumSealer(SecureRandom random) {
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
        byte[] tag = tag(nonce, header, plaintext.duplicate());
        target.put(plaintext).put(tag);
    }

    @Override
    public void open(byte[] nonce, ByteBuffer header, ByteBuffer sealed, ByteBuffer target)
            throws AuthenticationException {
        int length = sealed.remaining() - TAG_BYTES;
        if (length < 0) {
            throw new AuthenticationException("is shorter than a checksum");
        }
        ByteBuffer plaintext = sealed.slice(sealed.position(), length);
        byte[] stored = new byte[TAG_BYTES];
        sealed.get(sealed.position() + length, stored);
        if (!Arrays.equals(stored, tag(nonce, header, plaintext.duplicate()))) {
            throw new AuthenticationException("does not match its checksum: damaged");
        }
        sealed.position(sealed.limit());
        target.put(plaintext);
    }

    private byte[] tag(byte[] nonce, ByteBuffer header, ByteBuffer plaintext) {
        MessageDigest digest = digests.take();
        digest.update(nonce);
        digest.update(header);
        digest.update(plaintext);
        byte[] tag = Arrays.copyOf(digest.digest(), TAG_BYTES);
        digests.give(digest);
        return tag;
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}
