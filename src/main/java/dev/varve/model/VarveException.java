package dev.varve.model;

import java.io.IOException;

/**
 * A failure that Varve names: what, where and what to do. The message is one line that can be shown as it is; it never
 * holds secrets. Subclasses say which kind of failure it is, so that the mount can pick an errno and the command line an
 * exit code.
 */
public abstract class VarveException extends IOException {
    private static final long serialVersionUID = 1L;

    protected VarveException(String message) {
        super(message);
    }

    protected VarveException(String message, Throwable cause) {
        super(message, cause);
    }
}
