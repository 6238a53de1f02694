package dev.varve.pack;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import java.io.IOException;

/** Is shown the chunks of a pack in the order in which they lie. */
@FunctionalInterface
public interface PackVisitor {
    void chunk(ChunkId id, ChunkLocation location) throws IOException;
}
