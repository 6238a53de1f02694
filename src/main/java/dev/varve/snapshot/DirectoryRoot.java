package dev.varve.snapshot;

import dev.varve.model.ChunkId;

/**
 * The entries of a directory, without {@code .} and {@code ..}, as a tree of nodes sorted by name.
 *
 * @param node the root node, or null when the directory is empty
 */
public record DirectoryRoot(long entryCount, ChunkId node) {
    public static final DirectoryRoot EMPTY = new DirectoryRoot(0, null);

    public DirectoryRoot {
        if (entryCount < 0 || (entryCount == 0) != (node == null)) {
            throw new IllegalArgumentException(entryCount + " entries, node " + node);
        }
    }
}
