package dev.varve.posix;

import dev.varve.model.VarveException;

/** A system call failed: what it was applied to, and libc's words for why. */
public final class PosixException extends VarveException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /** @param what the file or device, for people */
    public PosixException(String what, int errno) {
        super(what + ": " + Posix.describe(errno));
        this.errno = errno;
    }

    /** One of {@link Errno}, or another number of the kernel's. */
    public int errno() {
        return errno;
    }

    public boolean is(int number) {
        return errno == number;
    }
}
