package dev.varve.model;

/** A place where objects are kept failed: disk error, network, permissions. */
public final class BackendException extends VarveException {
    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    /** @param retryable whether the same call may succeed later without anyone doing something */
    public BackendException(String message, boolean retryable, Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
    }

    public boolean retryable() {
        return retryable;
    }
}
