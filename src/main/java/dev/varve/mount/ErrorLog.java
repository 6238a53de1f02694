package dev.varve.mount;

import dev.varve.model.BackendException;
import java.io.PrintStream;
import java.util.function.LongSupplier;

/**
 * One line a failure, at most {@link #LINES_PER_WINDOW} in {@link #WINDOW_NANOS}: a damaged pack under a recursive grep must not
 * fill the disk with its name. That a place is away is one line in {@link #AWAY_NANOS}. What was left out is counted in the next line. Thread safe.
 */
final class ErrorLog {
    static final int LINES_PER_WINDOW = 20;
    static final long WINDOW_NANOS = 10_000_000_000L;

    static final long AWAY_NANOS = 60_000_000_000L;

    private final PrintStream out;
    private final LongSupplier clock;
    private long windowStart;
    private int lines;
    private long suppressed;
    private boolean toldAway;
    private long toldAwayAt;

    /** @param clock nanoseconds, as {@link System#nanoTime} */
    ErrorLog(PrintStream out, LongSupplier clock) {
        this.out = out;
        this.clock = clock;
        this.windowStart = clock.getAsLong();
    }

    /** @param where what was being done, and to what */
    synchronized void report(String where, Throwable failure) {
        long now = clock.getAsLong();
        if (now - windowStart >= WINDOW_NANOS) {
            windowStart = now;
            lines = 0;
        }
        if (failure instanceof BackendException unreachable && unreachable.away()) {
            if (toldAway && now - toldAwayAt < AWAY_NANOS) {
                suppressed++;
                return;
            }
            toldAway = true;
            toldAwayAt = now;
        }
        if (lines >= LINES_PER_WINDOW) {
            suppressed++;
            return;
        }
        lines++;
        String more = suppressed == 0 ? "" : " (" + suppressed + " errors before it were not shown)";
        suppressed = 0;
        out.println("varve: " + where + ": " + reason(failure) + more);
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        return failure instanceof java.io.IOException && message != null ? message : failure.toString();
    }
}
