package dev.varve.crypto;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A password as the bytes that go into the key derivation: UTF-8 when it was typed. Whoever made it closes it, which clears it. */
public final class Password implements AutoCloseable {
    private static final int MAX_UTF8_BYTES = 3;

    private final byte[] bytes;
    private boolean closed;

    private Password(byte[] bytes) {
        if (bytes.length == 0) {
            throw new IllegalArgumentException("an empty password protects nothing");
        }
        this.bytes = bytes;
    }

    /** Copies; the caller clears its own. */
    public static Password of(char[] typed) {
        CharsetEncoder encoder = StandardCharsets.UTF_8
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        byte[] room = new byte[typed.length * MAX_UTF8_BYTES];
        ByteBuffer encoded = ByteBuffer.wrap(room);
        CoderResult result = encoder.encode(CharBuffer.wrap(typed), encoded, true);
        Password password = new Password(Arrays.copyOf(room, encoded.position()));
        Arrays.fill(room, (byte) 0);
        if (!result.isUnderflow()) {
            throw new IllegalStateException("UTF-8 took more than 3 bytes a char");
        }
        return password;
    }

    /** Copies; the caller clears its own. Line ends at the end are not part of the password (files and commands end with one). */
    public static Password ofBytes(byte[] raw) {
        int length = raw.length;
        while (length > 0 && (raw[length - 1] == '\n' || raw[length - 1] == '\r')) {
            length--;
        }
        return new Password(Arrays.copyOf(raw, length));
    }

    /** The bytes themselves, not a copy. */
    byte[] bytes() {
        if (closed) {
            throw new IllegalStateException("the password is closed");
        }
        return bytes;
    }

    @Override
    public void close() {
        Arrays.fill(bytes, (byte) 0);
        closed = true;
    }
}
