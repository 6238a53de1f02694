package dev.varve.view;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An open file: positional reads, and read-ahead for who reads in order. The kernel asks for 128 KiB at a time, on several
 * threads and so not quite in order; after some requests near the expected place the chunks of the next {@link #WINDOW} bytes are
 * asked for, so that frames decode on the other cores while this one copies. Thread safe: the two counters are only a guess
 * of what comes next, and a lost update costs speed at most.
 */
public final class OpenFile {
    /** Bytes that are asked for ahead of a sequential reader: some frames. */
    static final long WINDOW = 2L << 20;

    private static final int SEQUENTIAL_REQUESTS = 2;
    private static final long SLACK = 512 << 10;

    private final long size;
    private final PositionalReader reader;
    private final Prefetcher prefetcher;
    private final AtomicLong expected = new AtomicLong();
    private final AtomicLong askedTo = new AtomicLong();
    private volatile int inOrder;

    OpenFile(long size, PositionalReader reader, Prefetcher prefetcher) {
        this.size = size;
        this.reader = reader;
        this.prefetcher = prefetcher;
    }

    /** Bytes. */
    public long size() {
        return size;
    }

    /**
     * Reads until the target is full or the file ends.
     *
     * @return bytes read; 0 at or behind the end
     */
    public int read(long offset, ByteBuffer target) throws IOException {
        if (offset < 0 || offset >= size) {
            return 0;
        }
        readAhead(offset, target.remaining());
        return reader.read(offset, target);
    }

    private void readAhead(long offset, int length) {
        long awaited = expected.get();
        long end = offset + length;
        if (offset < awaited - SLACK || offset > awaited + SLACK) {
            inOrder = 0;
            expected.set(end);
            askedTo.set(end);
            return;
        }
        if (end > awaited) {
            expected.set(end);
        }
        int count = inOrder;
        if (count < SEQUENTIAL_REQUESTS) {
            inOrder = count + 1;
            return;
        }
        long asked = Math.max(askedTo.get(), end);
        if (asked < size && asked - end < WINDOW / 2) {
            long to = Math.min(size, end + WINDOW);
            askedTo.set(to);
            prefetch(asked, to - asked);
        }
    }

    private void prefetch(long from, long length) {
        try {
            prefetcher.prefetch(from, length);
        } catch (IOException damagedAhead) {
            // Not this reader's bytes: whoever reads up to the damage gets the same exception from read.
            inOrder = 0;
        }
    }

    /** Reads at a position. */
    @FunctionalInterface
    interface PositionalReader {
        int read(long offset, ByteBuffer target) throws IOException;
    }

    /** Asks for bytes ahead of their use, without waiting for them. */
    @FunctionalInterface
    interface Prefetcher {
        void prefetch(long offset, long length) throws IOException;
    }
}
