package dev.varve.model;

/** A request that is well-formed but must not be carried out: it would destroy, overwrite or mislead. The message says what to do instead. */
public final class RefusedException extends VarveException {
    private static final long serialVersionUID = 1L;

    public RefusedException(String message) {
        super(message);
    }
}
