package dev.varve.backup;

import dev.varve.device.BlockSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads a device in large pieces: a span that was loaded serves the small reads that fall into it. Not thread safe. Memory:
 * {@link #SPAN_BYTES}.
 */
final class SpanReader {
    /** The longest span. */
    static final int SPAN_BYTES = 1 << 20;

    /** Reading over a gap of this size costs less than a second request. */
    static final int GAP_BYTES = 64 * 1024;

    private final BlockSource device;
    private final ByteBuffer span = ByteBuffer.allocateDirect(SPAN_BYTES);
    private long start;
    private int length;

    SpanReader(BlockSource device) {
        this.device = device;
    }

    /**
     * Reads a span ahead of the reads that will use it. A span that cannot be read as a whole is forgotten: the reads in it
     * then go to the device one by one, so that only what really is unreadable fails.
     *
     * @param bytes at most {@link #SPAN_BYTES}
     */
    void load(long offset, int bytes) {
        length = 0;
        span.clear().limit(bytes);
        try {
            device.read(offset, span);
        } catch (IOException e) {
            return; // said again, with its exact place, by the read that needs the bytes
        }
        start = offset;
        length = bytes;
    }

    void read(long offset, byte[] target, int targetOffset, int bytes) throws IOException {
        if (offset >= start && offset + bytes <= start + length) {
            span.get((int) (offset - start), target, targetOffset, bytes);
        } else {
            device.read(offset, ByteBuffer.wrap(target, targetOffset, bytes));
        }
    }
}
