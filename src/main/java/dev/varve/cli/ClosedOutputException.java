package dev.varve.cli;

import java.io.IOException;

/** Whoever read our standard output has gone: {@code varve ls … | head}. Nothing to complain of. */
final class ClosedOutputException extends IOException {
    private static final long serialVersionUID = 1L;

    ClosedOutputException(IOException cause) {
        super("standard output is closed", cause);
    }
}
