package dev.varve.backend;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Lets so many bytes a second through, with bursts of up to a quarter of a second's worth. Who takes more than there is waits
 * until the debt is paid, and those after it wait longer. Thread safe; the lock is not held while waiting.
 */
public final class TokenBucket {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final long BURST_NANOS = SECOND_NANOS / 4;

    private final double nanosPerByte;
    private final LongSupplier nanoClock;
    private final Sleeper sleeper;
    private boolean started;
    private long paidUntil;

    /** @param nanoClock as {@link System#nanoTime} */
    public TokenBucket(long bytesPerSecond, LongSupplier nanoClock, Sleeper sleeper) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("no bandwidth: " + bytesPerSecond + " bytes a second");
        }
        this.nanosPerByte = (double) SECOND_NANOS / bytesPerSecond;
        this.nanoClock = nanoClock;
        this.sleeper = sleeper;
    }

    public static TokenBucket ofRate(long bytesPerSecond) {
        return new TokenBucket(bytesPerSecond, System::nanoTime, Sleeper.REAL);
    }

    /** Returns when these bytes may pass, or have been paid for. */
    public void take(long bytes) throws InterruptedIOException {
        long wait = reserve(bytes);
        if (wait <= 0) {
            return;
        }
        try {
            sleeper.sleep(Duration.ofNanos(wait));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for bandwidth");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    private synchronized long reserve(long bytes) {
        long now = nanoClock.getAsLong();
        if (!started || paidUntil - now < -BURST_NANOS) {
            started = true;
            paidUntil = now - BURST_NANOS;
        }
        paidUntil += (long) (bytes * nanosPerByte);
        return paidUntil - now;
    }
}
