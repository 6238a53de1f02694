package dev.varve.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that goes when told. Thread safe. */
public class FakeClock extends Clock {
    private volatile Instant now;

    public FakeClock(Instant start) {
        now = start;
    }

    public final void advance(Duration time) {
        now = now.plus(time);
    }

    public final void set(Instant time) {
        now = time;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    @Override
    public Instant instant() {
        return now;
    }
}
