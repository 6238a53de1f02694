package dev.varve.repository;

import dev.varve.model.ChunkId;
import java.io.Closeable;
import java.io.IOException;

/** One thread's way into a {@link ChunkSink}. Not thread safe. */
public interface ChunkLane extends Closeable {
    /**
     * Names the bytes and stores them unless they are there already. The bytes are copied before this returns.
     *
     * @param length 1 byte to 1 MiB; file content 128 KiB at most
     */
    ChunkId put(byte[] data, int offset, int length) throws IOException;

    /** Puts what is collected in a frame and writes it. Chunks are durable only after the session's commit. */
    @Override
    void close() throws IOException;
}
