package dev.varve.crypto;

import dev.varve.model.AuthenticationException;
import java.nio.ByteBuffer;

/**
 * Seals and opens messages under one key (docs/format.md, "Seal"): the sealed form is as long as the plaintext plus
 * {@link #TAG_BYTES}. The header is authenticated and not stored. Buffers must have arrays and are consumed from position
 * to limit; the target's position moves behind what was written, and it must not share memory with the input. Thread safe.
 */
public interface Sealer {
    int NONCE_BYTES = 24;
    int TAG_BYTES = 16;

    /** A fresh random nonce. Each serves one {@link #seal}. */
    byte[] nonce();

    /** Writes {@code plaintext.remaining() + TAG_BYTES} bytes to the target. */
    void seal(byte[] nonce, ByteBuffer header, ByteBuffer plaintext, ByteBuffer target);

    /**
     * Writes {@code sealed.remaining() − TAG_BYTES} bytes to the target.
     *
     * @throws AuthenticationException if nonce, header, key or a sealed byte is not what it was at sealing; nothing in the
     *     target may be used then
     */
    void open(byte[] nonce, ByteBuffer header, ByteBuffer sealed, ByteBuffer target) throws AuthenticationException;
}
