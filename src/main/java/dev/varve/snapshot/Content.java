package dev.varve.snapshot;

import java.util.List;

/**
 * The content of a file as a tree of parts (docs/format.md, "Content"). At depth 0 the parts are data chunks and holes; at
 * depth n they are chunks that hold the parts of depth n − 1, and holes. The list is short ({@link #MAX_ROOT_PARTS}), so a
 * content costs at most about 700 bytes of heap whatever the size of the file.
 *
 * @param size bytes; the sum of the parts' lengths
 */
public record Content(long size, int depth, List<Part> parts) {
    /** Longer lists go behind chunks of their own. */
    public static final int MAX_ROOT_PARTS = 8;

    /** More levels than any file can need: 64^8 parts. */
    public static final int MAX_DEPTH = 8;

    public static final Content EMPTY = new Content(0, 0, List.of());

    public Content {
        parts = List.copyOf(parts);
        if (parts.size() > MAX_ROOT_PARTS || depth < 0 || depth > MAX_DEPTH) {
            throw new IllegalArgumentException(parts.size() + " parts at depth " + depth);
        }
        long sum = 0;
        for (Part part : parts) {
            sum = Math.addExact(sum, part.length());
        }
        if (sum != size) {
            throw new IllegalArgumentException("parts cover " + sum + " of " + size + " bytes");
        }
    }
}
