package dev.varve.restore;

import dev.varve.model.ByteString;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The files with several names that have been met, each with where its first name stands in the target. Memory: about 200 bytes for
 * each such file until all its names have been met, with the path of its directory once for all files in it; none for files with one
 * name. That is not bounded: a tree of hard-linked copies (rsnapshot, {@code cp -al}) restored whole needs 200 MB for a million files
 * with several names, which docs/operations.md says. Thread safe.
 */
final class HardLinks {
    private final Map<Key, Group> groups = new ConcurrentHashMap<>();

    /** The group of an inode; made when this is its first name. */
    Group group(StoredVolume volume, StoredInode inode) {
        return groups.computeIfAbsent(new Key(volume, inode.number()), key -> new Group());
    }

    /** Says that another name of the inode has been dealt with; after the last one the group is forgotten. */
    void met(StoredVolume volume, StoredInode inode, Group group) {
        if (group.countName() >= inode.attributes().nlink()) {
            groups.remove(new Key(volume, inode.number()));
        }
    }

    private record Key(StoredVolume volume, long inode) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key that && volume == that.volume && inode == that.inode;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(inode) * 31 + System.identityHashCode(volume);
        }
    }

    /** A name of a file in a directory of the target. */
    record Name(TargetDirectory directory, ByteString name) {}

    /** The names of one inode. */
    static final class Group {
        /** Null while nobody waits. */
        private List<Name> waiting;

        private boolean claimed;
        private boolean settled;
        private boolean restored;
        private int names;
        private List<ByteString> directory;
        private ByteString name;

        /** Whether the caller is the first and has to restore the file itself. */
        synchronized boolean claim() {
            boolean first = !claimed;
            claimed = true;
            return first;
        }

        /** Keeps a later name until the first is settled; false if it is already. */
        synchronized boolean await(Name later) {
            if (!settled) {
                waiting = waiting == null ? new ArrayList<>(1) : waiting;
                waiting.add(later);
            }
            return !settled;
        }

        /** The first name stands, or is known never to; returns those who waited for it. */
        synchronized List<Name> settle(Name first, boolean isRestored) {
            settled = true;
            restored = isRestored;
            directory = first.directory().names();
            name = first.name();
            List<Name> waiters = waiting == null ? List.of() : waiting;
            waiting = null;
            return waiters;
        }

        synchronized boolean isRestored() {
            return restored;
        }

        /** Names of the directories from the target down to the first name. */
        synchronized List<ByteString> directory() {
            return directory;
        }

        synchronized ByteString name() {
            return name;
        }

        private synchronized int countName() {
            return ++names;
        }
    }
}
