package dev.varve.backend;

import dev.varve.model.BackendException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;

/**
 * Repeats calls that failed in a way that may pass ({@link BackendException#retryable}); any other failure goes through as it is.
 * After the last try it is a failure that is not to be repeated, so that whoever repeats the whole does not multiply the
 * waiting. Thread safe if the source of randomness is.
 */
public final class Retries {
    private final RetryPolicy policy;
    private final Sleeper sleeper;
    private final DoubleSupplier random;

    public Retries(RetryPolicy policy, Sleeper sleeper, RandomGenerator random) {
        this.policy = policy;
        this.sleeper = sleeper;
        this.random = random::nextDouble;
    }

    /** For work against real servers. */
    public static Retries of(RetryPolicy policy) {
        return new Retries(policy, Sleeper.REAL, new java.security.SecureRandom());
    }

    /** One call of a backend. */
    @FunctionalInterface
    public interface Call<T> {
        /** @param repeated whether it was tried before, with an unknown outcome */
        T run(boolean repeated) throws IOException;
    }

    public <T> T call(Call<T> call) throws IOException {
        for (int failures = 0; ; ) {
            try {
                return call.run(failures > 0);
            } catch (BackendException e) {
                failures++;
                if (!e.retryable() || e.away() && !policy.waitsForAbsent()) {
                    throw e;
                }
                if (failures >= policy.attempts()) {
                    throw new BackendException(e.getMessage() + " (" + failures + " tries)", false, e.away(), e);
                }
                pause(failures, e);
            }
        }
    }

    private void pause(int failures, BackendException failure) throws InterruptedIOException {
        try {
            sleeper.sleep(policy.pause(failures, random.getAsDouble()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted =
                    new InterruptedIOException("interrupted while waiting to try again: " + failure.getMessage());
            interrupted.initCause(failure);
            throw interrupted;
        }
    }
}
