package dev.varve.backup;

import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.snapshot.DirectoryEntry;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Finds a path of a few inodes in a snapshot, so that people need not look for inode numbers. Walks the directories from the
 * root until all are found or so many entries were seen that it would no longer be quick: those of larger volumes may stay
 * without a path. Not thread safe. Memory: a path for each inode found, one for each level of the walk, and an {@link InodeSet}
 * of directories.
 */
final class InodePaths {
    /** Entries to look at; seconds, not minutes. */
    static final long MAX_ENTRIES = 1_000_000;

    /** Deeper is no path that a system call takes, and bounds the walk. */
    private static final int MAX_PATH_BYTES = 4096;

    private static final ByteString TOP = ByteString.utf8("/");

    private final StoredVolume volume;
    private final Map<Long, ByteString> found = new HashMap<>();
    private final InodeSet visited = new InodeSet();
    private final Deque<Level> levels = new ArrayDeque<>();
    private long entriesLeft;

    /** @param maxEntries to look at, e.g. {@link #MAX_ENTRIES} */
    InodePaths(StoredVolume volume, long maxEntries) {
        this.volume = volume;
        this.entriesLeft = maxEntries;
    }

    /** A directory on the way, and the entry of it that comes next. */
    private static final class Level {
        private final StoredInode directory;
        private final ByteString path;
        private long next;

        private Level(StoredInode directory, ByteString path) {
            this.directory = directory;
            this.path = path;
        }
    }

    /**
     * Looks for inodes. Used once.
     *
     * @throws IOException if the snapshot cannot be read; what was found until then stays
     */
    void find(Set<Long> inodes) throws IOException {
        long root = volume.record().info().rootInode();
        if (inodes.contains(root)) {
            found.put(root, TOP);
        }
        enter(root, ByteString.EMPTY);
        while (!levels.isEmpty() && found.size() < inodes.size() && entriesLeft > 0) {
            Level level = levels.peek();
            DirectoryEntry below = nextDirectory(level, inodes);
            if (below == null) {
                levels.pop();
            } else {
                enter(below.inode(), join(level.path, below.name()));
            }
        }
    }

    /** From the root of the volume, beginning with {@code /}; null if none was found. */
    ByteString of(long inode) {
        return found.get(inode);
    }

    private void enter(long inode, ByteString path) throws IOException {
        if (path.length() <= MAX_PATH_BYTES && visited.add(inode)) {
            StoredInode directory = volume.inode(inode);
            if (directory.directory() != null) {
                levels.push(new Level(directory, path));
            }
        }
    }

    /** Goes on to the next directory in this one. @return null when there is none */
    private DirectoryEntry nextDirectory(Level level, Set<Long> inodes) throws IOException {
        DirectoryEntry[] below = {null};
        volume.list(level.directory, level.next, (entry, index) -> {
            level.next = index + 1;
            entriesLeft--;
            if (inodes.contains(entry.inode())) {
                found.putIfAbsent(entry.inode(), join(level.path, entry.name()));
            }
            if (entry.type() == FileType.DIRECTORY) {
                below[0] = entry;
                return false;
            }
            return entriesLeft > 0;
        });
        return below[0];
    }

    private static ByteString join(ByteString path, ByteString name) {
        byte[] joined = new byte[path.length() + 1 + name.length()];
        path.copyTo(joined, 0);
        joined[path.length()] = '/';
        name.copyTo(joined, path.length() + 1);
        return ByteString.of(joined);
    }
}
