package dev.varve.view;

import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A component of a mount point: the volumes of a snapshot form a tree of these. Built by {@link JoinedSnapshot}, unchanged
 * afterwards.
 */
final class JoinPoint {
    private final String path;
    private final ByteString name;
    private final SyntheticAttributes look;
    private final NavigableMap<ByteString, JoinPoint> children = new TreeMap<>();
    private OpenVolume volume;

    /** @param path from the top of the mount, for the inode number of a directory that no volume has */
    JoinPoint(String path, ByteString name, SyntheticAttributes look) {
        this.path = path;
        this.name = name;
        this.look = look;
    }

    /** The component, made when it is not there. */
    JoinPoint descend(ByteString component) {
        return children.computeIfAbsent(component, c -> new JoinPoint(path + "/" + c.display(), c, look));
    }

    void mount(OpenVolume mounted) {
        this.volume = mounted;
    }

    ByteString name() {
        return name;
    }

    /** What is mounted here, or null when this is only on the way to a mount point. */
    OpenVolume volume() {
        return volume;
    }

    NavigableMap<ByteString, JoinPoint> children() {
        return children;
    }

    JoinPoint child(ByteString component) {
        return children.get(component);
    }

    long inodeNumber() {
        return volume == null
                ? InodeNumbers.synthetic(path)
                : volume.show(volume.stored().record().info().rootInode());
    }

    /** The root of the mounted volume. */
    ViewNode mounted() throws IOException {
        return volume.node(volume.stored().root(), this);
    }

    /** What stands here: the mounted volume's root, or a directory that has only the mount points below. */
    ViewNode node() throws IOException {
        return volume == null ? synthetic() : mounted();
    }

    SyntheticDirectory synthetic() {
        List<SyntheticDirectory.Child> list = new ArrayList<>();
        for (JoinPoint child : children.values()) {
            list.add(new SyntheticDirectory.Child(
                    child.name, child.inodeNumber(), FileType.DIRECTORY.bits(), child::node));
        }
        return new SyntheticDirectory(InodeNumbers.synthetic(path), look, list);
    }
}
