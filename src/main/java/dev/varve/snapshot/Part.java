package dev.varve.snapshot;

import dev.varve.model.ChunkId;

/**
 * A stretch of a {@link Content}: a chunk, a node of further parts, or a hole.
 *
 * @param length bytes of content it covers
 * @param id the chunk, or null for a hole
 */
public record Part(long length, ChunkId id) {
    public Part {
        if (length <= 0) {
            throw new IllegalArgumentException("a part covers at least one byte, not " + length);
        }
    }

    public boolean isHole() {
        return id == null;
    }
}
