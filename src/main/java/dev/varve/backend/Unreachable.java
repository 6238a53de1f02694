package dev.varve.backend;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;

/** Tells whether a failure of the network means that nobody is there ({@link dev.varve.model.BackendException#away}). */
public final class Unreachable {
    private Unreachable() {}

    /** Whether this or one of its causes is a refused connection, a silence that was too long, or a name or way that is unknown. */
    public static boolean is(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException
                    || cause instanceof NoRouteToHostException
                    || cause instanceof SocketTimeoutException
                    || cause instanceof UnknownHostException) {
                return true;
            }
        }
        return false;
    }
}
