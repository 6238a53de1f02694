package dev.varve.backend;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An object in the making; invisible until {@link #commit}. Not thread safe. Closing it uncommitted drops it. */
public interface ObjectWriter extends Closeable {
    /**
     * Appends position to limit. After a failure that may be repeated ({@link dev.varve.model.BackendException#retryable}) the
     * buffer's position says how much was taken: the same call goes on with the rest.
     */
    void write(ByteBuffer content) throws IOException;

    /** Bytes written so far. */
    long position();

    /**
     * Makes the object durable, then visible under {@code name}, then the name durable. Same errors as {@link Backend#put}; after
     * a failure that may be repeated the same call may be made again, and finds the name taken if the first had succeeded.
     */
    void commit(String name) throws IOException;

    @Override
    void close() throws IOException;
}
