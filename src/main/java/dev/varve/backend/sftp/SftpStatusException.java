package dev.varve.backend.sftp;

import java.io.IOException;

/** The server answered no. What that means, the caller knows. */
final class SftpStatusException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int code;

    SftpStatusException(int code, String message) {
        super(message);
        this.code = code;
    }

    /** One of {@link SftpProtocol}'s. */
    int code() {
        return code;
    }
}
