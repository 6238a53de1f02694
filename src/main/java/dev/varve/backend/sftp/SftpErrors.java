package dev.varve.backend.sftp;

import dev.varve.model.BackendException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.NotFoundException;
import dev.varve.model.VarveException;
import java.io.IOException;
import java.io.InterruptedIOException;

/** Turns what a server says into the errors that {@link dev.varve.backend.Backend} promises. */
final class SftpErrors {
    private SftpErrors() {}

    /** @param path for messages */
    static IOException reading(String path, IOException error) {
        if (error instanceof VarveException || error instanceof InterruptedIOException) {
            return error;
        }
        if (error instanceof SftpStatusException status && status.code() == SftpProtocol.NO_SUCH_FILE) {
            NotFoundException missing = new NotFoundException(path + ": there is no such object");
            missing.initCause(error);
            return missing;
        }
        return new BackendException(path + ": cannot read: " + reason(error), false, error);
    }

    /**
     * @param bytes how much was to be written
     * @param freeBytes −1 when that is not known; the protocol has no word for a full disk
     */
    static IOException writing(String path, long bytes, long freeBytes, IOException error) {
        if (error instanceof VarveException || error instanceof InterruptedIOException) {
            return error;
        }
        if (error instanceof SftpStatusException status
                && status.code() == SftpProtocol.FAILURE
                && freeBytes >= 0
                && freeBytes < Math.max(bytes, 1)) {
            return new NoSpaceException(
                    path + ": disk full: " + bytes + " bytes wanted, " + freeBytes
                            + " free; make room there and run it again",
                    error);
        }
        return new BackendException(path + ": cannot write: " + reason(error), false, error);
    }

    private static String reason(IOException error) {
        if (error instanceof SftpStatusException status) {
            return switch (status.code()) {
                case SftpProtocol.PERMISSION_DENIED -> "permission denied";
                case SftpProtocol.NO_SUCH_FILE -> "no such file or directory";
                case SftpProtocol.OP_UNSUPPORTED -> "the server can't do that";
                default -> "the server says: " + status.getMessage();
            };
        }
        return error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    }
}
