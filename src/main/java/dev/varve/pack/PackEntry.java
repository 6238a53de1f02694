package dev.varve.pack;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;

/** A chunk and where it lies. Memory: about 130 bytes; a pack has some thousands. */
public record PackEntry(ChunkId id, ChunkLocation location) {}
