package dev.varve.model;

/** A place where objects are kept failed: disk error, network, permissions. */
public class BackendException extends VarveException {
    private static final long serialVersionUID = 1L;

    private final boolean retryable;
    private final boolean away;

    /** @param retryable whether the same call may succeed later without anyone doing something */
    public BackendException(String message, boolean retryable, Throwable cause) {
        this(message, retryable, false, cause);
    }

    /** @param away whether nobody answers there, so that other calls will hardly fare better for now */
    public BackendException(String message, boolean retryable, boolean away, Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
        this.away = away;
    }

    public boolean retryable() {
        return retryable;
    }

    /** Whether it is not there at all: the connection is refused, nothing answers in time, or the name is unknown. */
    public boolean away() {
        return away;
    }
}
