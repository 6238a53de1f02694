package dev.varve.repository;

import dev.varve.model.ChunkId;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Chunks by name. Everything that comes out has been authenticated. Thread safe. */
public interface ChunkSource {
    /**
     * The whole chunk. The array may be shared with a cache and must not be changed.
     *
     * @throws dev.varve.model.MissingChunkException if no pack holds it
     * @throws dev.varve.model.CorruptException if its frame is damaged; the message names pack and offset
     */
    byte[] read(ChunkId id) throws IOException;

    /**
     * Copies bytes of a chunk from {@code offset} until the target is full or the chunk ends.
     *
     * @return bytes copied
     */
    int read(ChunkId id, int offset, ByteBuffer target) throws IOException;

    /** The name of the tier from which the chunk would be read ("hot" without cold ones); null if it is not known where it lies. */
    default String tierOf(ChunkId id) {
        return TierRecord.HOT;
    }

    /** Says that the chunk will be read soon; never blocks and never fails. */
    void prefetch(ChunkId id);
}
