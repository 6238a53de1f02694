package dev.varve.backend.sftp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A request in the making: big-endian numbers, and strings behind their length. Not thread safe. */
final class SftpRequest {
    private static final int ID_OFFSET = 5;
    private static final int BODY_OFFSET = 9;

    private ByteBuffer bytes = ByteBuffer.allocate(256);

    SftpRequest(int type) {
        bytes.putInt(0).put((byte) type).putInt(0);
    }

    SftpRequest u32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    SftpRequest u64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    SftpRequest string(String value) {
        return string(ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
    }

    SftpRequest string(byte[] value) {
        return string(ByteBuffer.wrap(value));
    }

    /** Takes position to limit and leaves the position as it is. */
    SftpRequest string(ByteBuffer value) {
        u32(value.remaining());
        room(value.remaining()).put(value.duplicate());
        return this;
    }

    /** The whole message. */
    byte[] encode(int id) {
        bytes.putInt(0, bytes.position() - Integer.BYTES).putInt(ID_OFFSET, id);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** The first message of all, which has a version in the place of an id. */
    static byte[] init() {
        return new SftpRequest(SftpProtocol.INIT).encode(SftpProtocol.VERSION);
    }

    private ByteBuffer room(int length) {
        if (bytes.remaining() < length) {
            bytes = ByteBuffer.allocate(Math.max(2 * bytes.capacity(), bytes.position() + length + BODY_OFFSET))
                    .put(bytes.flip());
        }
        return bytes;
    }
}
