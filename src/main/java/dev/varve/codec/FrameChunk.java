package dev.varve.codec;

import dev.varve.model.ChunkId;

/** A chunk in a frame: bytes {@code [offset, offset + length)} of its plaintext. */
public record FrameChunk(ChunkId id, int offset, int length) {}
