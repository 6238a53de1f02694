package dev.varve.restore;

import dev.varve.model.ByteString;
import dev.varve.model.NotFoundException;
import dev.varve.snapshot.DirectoryEntry;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The volumes of a snapshot joined at their mount points into one tree. Directories that lead to a mount point and are in no
 * volume are shown too, without an inode. Thread safe; its memory grows with the number of volumes only.
 */
public final class SnapshotTree {
    private final MountPoint top = new MountPoint();

    /** @param volumes raw ones are left out: they have no files */
    public SnapshotTree(List<StoredVolume> volumes) {
        for (StoredVolume volume : volumes) {
            if (!volume.record().isRaw()) {
                MountPoint place = top;
                for (ByteString name : SnapshotPath.parse(volume.record().mountPoint())) {
                    place = place.below.computeIfAbsent(name, key -> new MountPoint());
                }
                place.volume = volume;
            }
        }
    }

    public Node root() throws IOException {
        return mounted(top);
    }

    /** The child of a directory, or null when there is none of this name. */
    public Node child(Node directory, ByteString name) throws IOException {
        MountPoint place = directory.place == null ? null : directory.place.below.get(name);
        if (place != null && place.volume != null) {
            return mounted(place);
        }
        if (directory.inode != null) {
            DirectoryEntry entry = directory.volume.lookup(directory.inode, name);
            if (entry != null) {
                StoredInode inode = directory.volume.inode(entry.inode());
                // A mount point may lie below something that is no directory in this volume: the mounted one wins.
                if (place == null || inode.directory() != null) {
                    return new Node(directory.volume, inode, place);
                }
            }
        }
        return place == null ? null : new Node(null, null, place);
    }

    /** Visits the children of a directory in the order of their names. The inodes are read by the visitor, one by one. */
    public void list(Node directory, Visitor visitor) throws IOException {
        Map<ByteString, MountPoint> places =
                directory.place == null ? new TreeMap<>() : new TreeMap<>(directory.place.below);
        if (directory.inode != null) {
            directory.volume.list(directory.inode, 0, (entry, index) -> {
                visitor.child(
                        entry.name(),
                        places.remove(entry.name()) == null
                                ? () -> new Node(directory.volume, directory.volume.inode(entry.inode()), null)
                                : () -> child(directory, entry.name()));
                return true;
            });
        }
        for (ByteString name : places.keySet()) {
            visitor.child(name, () -> child(directory, name));
        }
    }

    /** What a path leads to. Symbolic links are not followed. @throws NotFoundException naming the first part that is not there */
    public Node find(List<ByteString> path) throws IOException {
        Node node = root();
        for (int i = 0; i < path.size(); i++) {
            if (!node.isDirectory()) {
                throw new NotFoundException(
                        SnapshotPath.display(path.subList(0, i)) + " is no directory" + linkHint(node));
            }
            node = child(node, path.get(i));
            if (node == null) {
                throw new NotFoundException("no " + SnapshotPath.display(path.subList(0, i + 1)) + " in this snapshot");
            }
        }
        return node;
    }

    private static String linkHint(Node node) {
        boolean link = node.inode != null && node.inode.symlinkTarget() != null;
        return link ? " but a symbolic link to " + node.inode.symlinkTarget().display() + "; name that path" : "";
    }

    private static Node mounted(MountPoint place) throws IOException {
        StoredInode inode = place.volume == null ? null : place.volume.root();
        return new Node(place.volume, inode, place.below.isEmpty() ? null : place);
    }

    /** Reads the inode of a child when asked. */
    @FunctionalInterface
    public interface Child {
        Node read() throws IOException;
    }

    /** Receives the children of a directory. */
    @FunctionalInterface
    public interface Visitor {
        void child(ByteString name, Child child) throws IOException;
    }

    /**
     * A file of the tree.
     *
     * @param volume null for a directory that only leads to a mount point
     * @param inode null for the same
     * @param place mount points at or below it, or null
     */
    public record Node(StoredVolume volume, StoredInode inode, MountPoint place) {
        public boolean isDirectory() {
            return inode == null || inode.directory() != null;
        }
    }

    /** A name on the way to a mount point. Not changed once the tree is made. */
    static final class MountPoint {
        private final Map<ByteString, MountPoint> below = new TreeMap<>();
        private StoredVolume volume;
    }
}
