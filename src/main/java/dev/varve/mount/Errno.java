package dev.varve.mount;

import dev.varve.model.NotFoundException;
import java.nio.file.AccessDeniedException;

/**
 * The errno values the mount answers with (Linux: the same on every architecture that runs Varve), and the one place that
 * turns an exception into one of them.
 */
final class Errno {
    static final int ENOENT = 2;
    static final int EIO = 5;
    static final int EBADF = 9;
    static final int EACCES = 13;
    static final int ENOTDIR = 20;
    static final int EISDIR = 21;
    static final int EINVAL = 22;
    static final int EROFS = 30;
    static final int ERANGE = 34;
    static final int ENODATA = 61;

    private Errno() {}

    /** What is not there is ENOENT, what an ACL forbids EACCES; everything else that can go wrong while reading a backup is EIO, and logged. */
    static int of(Throwable failure) {
        if (failure instanceof AccessDeniedException) {
            return EACCES;
        }
        return failure instanceof NotFoundException ? ENOENT : EIO;
    }
}
