package dev.varve.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * The name of a chunk: the 32-byte keyed hash of its plaintext (HMAC-SHA-256 under the repository's id key; see
 * docs/format.md, "Chunk ids"). The four words are the hash's bytes in big-endian order, so unsigned word order is byte
 * order. Memory: 48 bytes each.
 */
public record ChunkId(long a, long b, long c, long d) implements Comparable<ChunkId> {
    public static final int BYTES = 32;

    /** Reads 32 bytes at the buffer's position and moves it on. */
    public static ChunkId read(ByteBuffer source) {
        ByteBuffer big = source.duplicate().order(ByteOrder.BIG_ENDIAN);
        ChunkId id = new ChunkId(big.getLong(), big.getLong(), big.getLong(), big.getLong());
        source.position(big.position());
        return id;
    }

    public static ChunkId of(byte[] hash) {
        if (hash.length != BYTES) {
            throw new IllegalArgumentException("a chunk id has 32 bytes, not " + hash.length);
        }
        return read(ByteBuffer.wrap(hash));
    }

    /** Writes 32 bytes at the buffer's position and moves it on. */
    public void write(ByteBuffer target) {
        ByteBuffer big = target.duplicate().order(ByteOrder.BIG_ENDIAN);
        big.putLong(a).putLong(b).putLong(c).putLong(d);
        target.position(big.position());
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[BYTES];
        write(ByteBuffer.wrap(bytes));
        return bytes;
    }

    public String toHex() {
        return HexFormat.of().formatHex(toBytes());
    }

    @Override
    public int compareTo(ChunkId other) {
        int order = Long.compareUnsigned(a, other.a);
        if (order == 0) {
            order = Long.compareUnsigned(b, other.b);
        }
        if (order == 0) {
            order = Long.compareUnsigned(c, other.c);
        }
        return order == 0 ? Long.compareUnsigned(d, other.d) : order;
    }

    /** The hash is uniform already: its first word spreads as well as any mix of all four. */
    @Override
    public int hashCode() {
        return Long.hashCode(a);
    }

    @Override
    public String toString() {
        return toHex();
    }
}
