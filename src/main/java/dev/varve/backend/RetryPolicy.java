package dev.varve.backend;

import java.time.Duration;

/**
 * How often and how patiently a failed call is tried again. The pause before the n-th repetition is drawn evenly from the upper
 * half of {@code firstPause · 2ⁿ⁻¹}, at most {@code longestPause}, so that many clients that failed together don't come back
 * together.
 *
 * @param attempts tries in all, at least one
 * @param waitsForAbsent whether also a server that is away ({@link dev.varve.model.BackendException#away}) is tried again
 */
public record RetryPolicy(int attempts, Duration firstPause, Duration longestPause, boolean waitsForAbsent) {
    /** Lives through a server that restarts: one to two minutes in all. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(10, Duration.ofMillis(300), Duration.ofSeconds(45));

    /** A dropped connection and a moment of overload; a second or two in all. */
    public static final RetryPolicy INTERACTIVE =
            new RetryPolicy(3, Duration.ofMillis(200), Duration.ofSeconds(1), false);

    private static final int MAX_DOUBLINGS = 30;

    /** One that waits for a server that is away. */
    public RetryPolicy(int attempts, Duration firstPause, Duration longestPause) {
        this(attempts, firstPause, longestPause, true);
    }

    public RetryPolicy {
        if (attempts < 1 || firstPause.isNegative() || longestPause.compareTo(firstPause) < 0) {
            throw new IllegalArgumentException(
                    "no retry policy: " + attempts + ", " + firstPause + ", " + longestPause);
        }
    }

    /**
     * @param failures so far, from 1
     * @param random in [0, 1)
     */
    Duration pause(int failures, double random) {
        long doubled = firstPause.toNanos() << Math.min(failures - 1, MAX_DOUBLINGS);
        long longest =
                doubled < firstPause.toNanos() ? longestPause.toNanos() : Math.min(doubled, longestPause.toNanos());
        return Duration.ofNanos(longest / 2 + (long) (random * (longest / 2.0)));
    }
}
