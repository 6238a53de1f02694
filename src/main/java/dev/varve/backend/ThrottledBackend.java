package dev.varve.backend;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.function.Consumer;

/**
 * Another backend with a limit on what goes up and what comes down, counted in bytes of objects; several backends may share a
 * bucket. What the other one gathers before it sends it goes out in one burst, so the limit holds over seconds. Thread safe as
 * the other one is.
 */
public final class ThrottledBackend implements Backend {
    private static final int PIECE_BYTES = 64 << 10;

    private final Backend inner;
    private final TokenBucket up;
    private final TokenBucket down;

    /**
     * @param up null for no limit
     * @param down null for no limit
     */
    public ThrottledBackend(Backend inner, TokenBucket up, TokenBucket down) {
        this.inner = inner;
        this.up = up;
        this.down = down;
    }

    @Override
    public String describe() {
        return inner.describe();
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        take(up, content.remaining());
        inner.put(name, content);
    }

    @Override
    public ObjectWriter create() throws IOException {
        return new Writer(inner.create());
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        int count = inner.read(name, offset, target);
        take(down, count);
        return count;
    }

    @Override
    public long size(String name) throws IOException {
        return inner.size(name);
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        inner.list(prefix, visitor);
    }

    @Override
    public void settle(Collection<String> names) throws IOException {
        inner.settle(names);
    }

    @Override
    public void delete(String name) throws IOException {
        inner.delete(name);
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }

    private static void take(TokenBucket bucket, long bytes) throws IOException {
        if (bucket != null) {
            bucket.take(bytes);
        }
    }

    private final class Writer implements ObjectWriter {
        private final ObjectWriter object;

        Writer(ObjectWriter object) {
            this.object = object;
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

        @Override
        public long position() {
            return object.position();
        }

        @Override
        public void commit(String name) throws IOException {
            object.commit(name);
        }

        @Override
        public void close() throws IOException {
            object.close();
        }
    }
}
