package dev.varve.backend.sftp;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** An answer, read from front to back. The server is not trusted: what is malformed gives an IOException. Not thread safe. */
final class SftpReply {
    private final int type;
    private final ByteBuffer body;

    SftpReply(int type, ByteBuffer body) {
        this.type = type;
        this.body = body;
    }

    int type() {
        return type;
    }

    boolean hasMore() {
        return body.hasRemaining();
    }

    int u32() throws IOException {
        try {
            return body.getInt();
        } catch (BufferUnderflowException e) {
            throw malformed(e);
        }
    }

    long u64() throws IOException {
        try {
            return body.getLong();
        } catch (BufferUnderflowException e) {
            throw malformed(e);
        }
    }

    ByteBuffer bytes() throws IOException {
        int length = u32();
        if (length < 0 || length > body.remaining()) {
            throw malformed(null);
        }
        ByteBuffer slice = body.slice(body.position(), length);
        body.position(body.position() + length);
        return slice;
    }

    String string() throws IOException {
        return StandardCharsets.UTF_8.decode(bytes()).toString();
    }

    /** @throws SftpStatusException if it is a status other than OK, or of another type than wanted */
    SftpReply expect(int wanted) throws IOException {
        if (type == wanted && type != SftpProtocol.STATUS) {
            return this;
        }
        if (type != SftpProtocol.STATUS) {
            throw malformed(null);
        }
        int code = u32();
        String message = hasMore() ? string() : "";
        if (code != SftpProtocol.OK || wanted != SftpProtocol.STATUS) {
            throw new SftpStatusException(code, message.isEmpty() ? "status " + code : message);
        }
        return this;
    }

    void ok() throws IOException {
        expect(SftpProtocol.STATUS);
    }

    byte[] handle() throws IOException {
        ByteBuffer handle = expect(SftpProtocol.HANDLE).bytes();
        byte[] copy = new byte[handle.remaining()];
        handle.get(copy);
        return copy;
    }

    private static IOException malformed(Throwable cause) {
        return new IOException("the server sent what is not SFTP", cause);
    }
}
