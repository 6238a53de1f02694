package dev.varve.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** The name of a repository: 16 random bytes, drawn once at init. It ties packs and key files to their repository. */
public record RepositoryId(long high, long low) {
    public static final int BYTES = 16;

    public static RepositoryId random(RandomGenerator random) {
        return new RepositoryId(random.nextLong(), random.nextLong());
    }

    /** @throws IllegalArgumentException unless there are 16 bytes */
    public static RepositoryId of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a repository id has 16 bytes, not " + bytes.length);
        }
        ByteBuffer big = ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN);
        return new RepositoryId(big.getLong(), big.getLong());
    }

    public byte[] toBytes() {
        return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
    }

    /** 32 lower-case hexadecimal digits. */
    public String toHex() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }

    @Override
    public String toString() {
        return toHex();
    }
}
