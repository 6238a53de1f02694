package dev.varve.backend;

import java.time.Duration;

/** How long a backend is waited for. */
public enum Patience {
    /** For work that may take hours: a server that restarts is waited out ({@link RetryPolicy#DEFAULT}). */
    PATIENT(null, null),

    /** For somebody who waits: a server that is away is known to be so within seconds. */
    INTERACTIVE(Duration.ofSeconds(3), Duration.ofSeconds(8));

    private final Duration connect;
    private final Duration answer;

    Patience(Duration connect, Duration answer) {
        this.connect = connect;
        this.answer = answer;
    }

    public Retries retries() {
        return Retries.of(this == PATIENT ? RetryPolicy.DEFAULT : RetryPolicy.INTERACTIVE);
    }

    /** How long to wait for a connection where {@code usual} is what a patient one waits. */
    public Duration connect(Duration usual) {
        return least(connect, usual);
    }

    /** The same for an answer: longer, since a disk may have to spin up first. */
    public Duration answer(Duration usual) {
        return least(answer, usual);
    }

    private static Duration least(Duration limit, Duration usual) {
        return limit != null && limit.compareTo(usual) < 0 ? limit : usual;
    }
}
