package dev.varve.model;

/** A write-once name is taken. */
public final class AlreadyExistsException extends VarveException {
    private static final long serialVersionUID = 1L;

    public AlreadyExistsException(String message) {
        super(message);
    }
}
