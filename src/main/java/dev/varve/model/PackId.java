package dev.varve.model;

import java.util.HexFormat;

/** The name of a pack: 16 bytes derived from its sealed trailer, so a pack's name stands for its content. */
public record PackId(long high, long low) implements Comparable<PackId> {
    public static final int BYTES = 16;

    /** 32 lower-case hexadecimal digits. */
    public String toHex() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }

    /** @throws IllegalArgumentException unless {@code hex} is 32 lower-case hexadecimal digits */
    public static PackId parse(String hex) {
        if (hex.length() != 2 * BYTES || !hex.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
            throw new IllegalArgumentException("not a pack id: " + hex);
        }
        return new PackId(HexFormat.fromHexDigitsToLong(hex, 0, 16), HexFormat.fromHexDigitsToLong(hex, 16, 32));
    }

    @Override
    public int compareTo(PackId other) {
        int order = Long.compareUnsigned(high, other.high);
        return order == 0 ? Long.compareUnsigned(low, other.low) : order;
    }

    @Override
    public String toString() {
        return toHex();
    }
}
