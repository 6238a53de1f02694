package dev.varve.device.lvm;

import dev.varve.device.BlockSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A volume put together from stretches of other sources: linear, striped or zeros. Thread safe; closes nothing. Memory: about 100
 * bytes a segment.
 */
final class SegmentedSource implements BlockSource {
    private final String name;
    private final List<Stretch> stretches;
    private final long[] starts;
    private final long sizeBytes;

    /** A stretch of another source, in bytes. */
    record Part(BlockSource source, long offset) {}

    /**
     * A stretch of the volume.
     *
     * @param parts that take turns by {@code stripeBytes}; none: it reads as zeros
     */
    record Stretch(long sizeBytes, long stripeBytes, List<Part> parts) {
        void read(long offset, ByteBuffer target) throws IOException {
            long position = offset;
            while (target.hasRemaining()) {
                int count;
                if (parts.isEmpty()) {
                    count = target.remaining();
                    Sources.putZeros(target, count);
                } else {
                    long stripe = position / stripeBytes;
                    long within = position % stripeBytes;
                    Part part = parts.get((int) (stripe % parts.size()));
                    count = (int) Math.min(stripeBytes - within, target.remaining());
                    long at = part.offset() + stripe / parts.size() * stripeBytes + within;
                    Sources.readPart(part.source(), at, target, count);
                }
                position += count;
            }
        }
    }

    /** @param stretches in order; at least one */
    SegmentedSource(String name, List<Stretch> stretches) {
        this.name = name;
        this.stretches = List.copyOf(stretches);
        starts = new long[stretches.size()];
        long end = 0;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = end;
            end += stretches.get(i).sizeBytes();
        }
        sizeBytes = end;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException {
        Sources.requireInside(this, offset, target);
        int limit = target.limit();
        long position = offset;
        for (int i = SortedLongs.floor(starts, starts.length, offset); target.position() < limit; i++) {
            Stretch stretch = stretches.get(i);
            long within = position - starts[i];
            int count = (int) Math.min(stretch.sizeBytes() - within, limit - target.position());
            target.limit(target.position() + count);
            stretch.read(within, target);
            target.limit(limit);
            position += count;
        }
    }

    @Override
    public void close() {}
}
