package dev.varve.crypto;

import dev.varve.model.ChunkId;
import java.nio.ByteBuffer;

/** Names chunks: HMAC-SHA-256 of the plaintext under the repository's id key (docs/format.md, "Chunk ids"). Thread safe. */
public final class IdHasher {
    private final KeyedHash hash;

    IdHasher(KeyedHash hash) {
        this.hash = hash;
    }

    public ChunkId id(byte[] data, int offset, int length) {
        return ChunkId.of(hash.hash(data, offset, length));
    }

    /** From position to limit; the buffer is not moved. */
    public ChunkId id(ByteBuffer data) {
        return ChunkId.of(hash.hash(data));
    }
}
