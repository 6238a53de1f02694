package dev.varve.index;

import dev.varve.model.ChunkLocation;

/**
 * What a segment says of a chunk.
 *
 * @param ordinal the entry's place in its segment, from 0; of no meaning when writing
 */
record Located(long ordinal, ChunkLocation location) {}
