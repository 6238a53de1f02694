package dev.varve.testing;

import dev.varve.model.ChunkId;
import dev.varve.model.MissingChunkException;
import dev.varve.model.PackKind;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.ChunkSink;
import dev.varve.repository.ChunkSource;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Chunks in memory, named by SHA-256. Counts what is put and read. */
public final class MemoryChunks implements ChunkSource, ChunkSink {
    private final Map<ChunkId, byte[]> chunks = new ConcurrentHashMap<>();
    private final AtomicLong newBytes = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();

    @Override
    public byte[] read(ChunkId id) throws MissingChunkException {
        reads.incrementAndGet();
        byte[] chunk = chunks.get(id);
        if (chunk == null) {
            throw new MissingChunkException(id);
        }
        return chunk;
    }

    @Override
    public int read(ChunkId id, int offset, ByteBuffer target) throws MissingChunkException {
        byte[] chunk = read(id);
        int count = Math.max(0, Math.min(chunk.length - offset, target.remaining()));
        target.put(chunk, offset, count);
        return count;
    }

    @Override
    public void prefetch(ChunkId id) {
        // Everything is in memory already.
    }

    @Override
    public boolean contains(ChunkId id) {
        return chunks.containsKey(id);
    }

    @Override
    public ChunkLane lane(PackKind kind) {
        return new ChunkLane() {
            @Override
            public ChunkId put(byte[] data, int offset, int length) {
                byte[] copy = Arrays.copyOfRange(data, offset, offset + length);
                ChunkId id = idOf(copy);
                if (chunks.putIfAbsent(id, copy) == null) {
                    newBytes.addAndGet(length);
                }
                return id;
            }

            @Override
            public void close() {
                // Nothing is buffered.
            }
        };
    }

    public static ChunkId idOf(byte[] data) {
        try {
            return ChunkId.of(MessageDigest.getInstance("SHA-256").digest(data));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Replaces what a chunk holds, as damage would. */
    public void replace(ChunkId id, byte[] data) {
        chunks.put(id, data);
    }

    public void remove(ChunkId id) {
        chunks.remove(id);
    }

    public Iterable<ChunkId> ids() {
        return chunks.keySet();
    }

    public int count() {
        return chunks.size();
    }

    /** Plaintext bytes of distinct chunks put so far. */
    public long newBytes() {
        return newBytes.get();
    }

    public long reads() {
        return reads.get();
    }
}
