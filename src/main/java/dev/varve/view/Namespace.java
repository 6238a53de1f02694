package dev.varve.view;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.varve.model.ByteString;
import java.io.IOException;

/**
 * The tree of one moment: a list of snapshots, and the directories in it by path. A change of the list makes a new namespace,
 * so nothing in here is ever stale. Thread safe. Memory: at most {@link #MAX_DIRECTORIES} directories, about 400 bytes each with
 * their path.
 *
 * @param newest what statfs tells of
 */
record Namespace(SyntheticDirectory top, ViewSize newest, Cache<ByteString, DirectoryNode> directories) {
    private static final int MAX_DIRECTORIES = 50_000;

    Namespace(SyntheticDirectory top, ViewSize newest) {
        this(
                top,
                newest,
                Caffeine.newBuilder()
                        .maximumSize(MAX_DIRECTORIES)
                        .executor(Runnable::run)
                        .build());
    }

    /**
     * The node of {@code path[0, length)}, an absolute path without {@code .}, {@code ..} or doubled slashes, as the kernel
     * gives it; null when there is none.
     */
    ViewNode resolve(byte[] path, int length) throws IOException {
        if (length <= 1) {
            return top;
        }
        int slash = length - 1;
        while (slash > 0 && path[slash] != '/') {
            slash--;
        }
        DirectoryNode parent = directory(path, slash);
        return parent == null ? null : parent.child(ByteString.of(path, slash + 1, length - slash - 1));
    }

    /** Recursion is bounded by PATH_MAX / 2 components. */
    private DirectoryNode directory(byte[] path, int length) throws IOException {
        if (length == 0) {
            return top;
        }
        ByteString key = ByteString.of(path, 0, length);
        DirectoryNode known = directories.getIfPresent(key);
        if (known == null && resolve(path, length) instanceof DirectoryNode found) {
            directories.put(key, found);
            return found;
        }
        return known;
    }
}
