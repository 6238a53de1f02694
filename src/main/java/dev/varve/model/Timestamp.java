package dev.varve.model;

/** Seconds since 1970 (negative before) and nanoseconds in {@code [0, 1e9)} after them, as struct timespec has them. */
public record Timestamp(long seconds, int nanos) implements Comparable<Timestamp> {
    public static final Timestamp EPOCH = new Timestamp(0, 0);

    public Timestamp {
        if (nanos < 0 || nanos > 999_999_999) {
            throw new IllegalArgumentException("nanoseconds out of range: " + nanos);
        }
    }

    @Override
    public int compareTo(Timestamp other) {
        int order = Long.compare(seconds, other.seconds);
        return order == 0 ? Integer.compare(nanos, other.nanos) : order;
    }
}
