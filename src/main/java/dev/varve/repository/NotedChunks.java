package dev.varve.repository;

import dev.varve.model.ChunkId;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Another source of chunks, with a note of each that is read. Thread safe if the notebook is. */
public final class NotedChunks implements ChunkSource {
    private final ChunkSource chunks;
    private final Notebook notebook;

    /** Told of each chunk before it is read. */
    @FunctionalInterface
    public interface Notebook {
        void note(ChunkId id) throws IOException;
    }

    public NotedChunks(ChunkSource chunks, Notebook notebook) {
        this.chunks = chunks;
        this.notebook = notebook;
    }

    @Override
    public byte[] read(ChunkId id) throws IOException {
        notebook.note(id);
        return chunks.read(id);
    }

    @Override
    public int read(ChunkId id, int offset, ByteBuffer target) throws IOException {
        notebook.note(id);
        return chunks.read(id, offset, target);
    }

    @Override
    public void prefetch(ChunkId id) {
        chunks.prefetch(id);
    }
}
