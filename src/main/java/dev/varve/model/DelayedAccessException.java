package dev.varve.model;

/**
 * An object is there but in an archive, from which it must be recalled before it can be read. Neither lost nor damaged; not to be
 * repeated by itself.
 */
public final class DelayedAccessException extends BackendException {
    private static final long serialVersionUID = 1L;

    public DelayedAccessException(String message, Throwable cause) {
        super(message, false, cause);
    }
}
