package dev.varve.backend;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits. Tests give one that does not. */
@FunctionalInterface
public interface Sleeper {
    Sleeper REAL = pause -> TimeUnit.NANOSECONDS.sleep(pause.toNanos());

    void sleep(Duration pause) throws InterruptedException;
}
