package dev.varve.index;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import java.io.IOException;

/** Takes the entries of an index one by one. */
@FunctionalInterface
public interface EntryVisitor {
    /** @param ordinal what {@link IndexView#ordinal} gives for the chunk */
    void visit(ChunkId id, ChunkLocation location, long ordinal) throws IOException;
}
