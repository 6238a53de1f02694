package dev.varve.model;

/** No key opens this: the password is wrong, or a sealed object was tampered with. */
public final class AuthenticationException extends VarveException {
    private static final long serialVersionUID = 1L;

    public AuthenticationException(String message) {
        super(message);
    }
}
