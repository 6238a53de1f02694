package dev.varve.device;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Read-only bytes at positions: a block device, an image file, or either with replayed blocks laid over it. Thread safe. */
public interface BlockSource extends Closeable {
    /** For messages. */
    String name();

    long sizeBytes();

    /**
     * Fills the buffer from {@code offset}; moves its position to its limit.
     *
     * @throws dev.varve.model.CorruptException if the range reaches past the end
     * @throws java.io.IOException if the device cannot be read there, naming the offset
     */
    void read(long offset, ByteBuffer target) throws IOException;

    @Override
    void close() throws IOException;
}
