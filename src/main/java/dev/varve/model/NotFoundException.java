package dev.varve.model;

/** A named thing is not there: an object, a snapshot, a path, a host. */
public final class NotFoundException extends VarveException {
    private static final long serialVersionUID = 1L;

    public NotFoundException(String message) {
        super(message);
    }
}
