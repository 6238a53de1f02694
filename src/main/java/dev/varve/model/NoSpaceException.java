package dev.varve.model;

/** A disk is full. The message says which and how much was asked for. */
public final class NoSpaceException extends VarveException {
    private static final long serialVersionUID = 1L;

    public NoSpaceException(String message, Throwable cause) {
        super(message, cause);
    }
}
