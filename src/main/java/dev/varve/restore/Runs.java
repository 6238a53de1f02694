package dev.varve.restore;

import java.io.IOException;

/** Joins neighbouring pieces of data to runs of at most a given length; holes end a run. Not thread safe. */
final class Runs {
    private final Visitor visitor;
    private final long maxBytes;
    private long start;
    private long length;

    Runs(Visitor visitor, long maxBytes) {
        this.visitor = visitor;
        this.maxBytes = maxBytes;
    }

    /** The next piece, in ascending order. A piece that is longer than the maximum is cut. */
    void add(long offset, long bytes, boolean hole) throws IOException {
        if (hole || start + length != offset) {
            finish();
            start = offset;
        }
        long left = hole ? 0 : bytes;
        while (left > 0) {
            long taken = Math.min(left, maxBytes - length);
            length += taken;
            left -= taken;
            if (length == maxBytes) {
                finish();
            }
        }
    }

    void finish() throws IOException {
        if (length > 0) {
            visitor.run(start, length);
        }
        start += length;
        length = 0;
    }

    /** Receives a run of data. */
    @FunctionalInterface
    interface Visitor {
        void run(long offset, long length) throws IOException;
    }
}
