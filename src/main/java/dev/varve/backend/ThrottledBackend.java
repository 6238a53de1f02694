package dev.varve.backend;

import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Another backend with a limit on what goes up and what comes down, counted in bytes of objects; several backends may share a
 * bucket. What the other one gathers before it sends it goes out in one burst, so the limit holds over seconds. Thread safe as
 * the other one is.
 */
public final class ThrottledBackend extends ForwardingBackend {
    private static final int PIECE_BYTES = 64 << 10;

    private final TokenBucket up;
    private final TokenBucket down;

    /**
     * @param up null for no limit
     * @param down null for no limit
     */
    public ThrottledBackend(Backend inner, TokenBucket up, TokenBucket down) {
        super(inner);
        this.up = up;
        this.down = down;
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        take(up, content.remaining());
        inner.put(name, content);
    }

    @Override
    public ObjectWriter create(PackKind kind) throws IOException {
        return new Writer(inner.create(kind));
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        int count = inner.read(name, offset, target);
        take(down, count);
        return count;
    }

    private static void take(TokenBucket bucket, long bytes) throws IOException {
        if (bucket != null) {
            bucket.take(bytes);
        }
    }

    private final class Writer extends ForwardingWriter {
        Writer(ObjectWriter object) {
            super(object);
        }

        /** In pieces, so that a large write is spread over its time; what a failed piece left is in the buffer, as promised. */
        @Override
        public void write(ByteBuffer content) throws IOException {
            int limit = content.limit();
            try {
                while (content.position() < limit) {
                    content.limit(Math.min(content.position() + PIECE_BYTES, limit));
                    take(up, content.remaining());
                    object.write(content);
                }
            } finally {
                content.limit(limit);
            }
        }
    }
}
