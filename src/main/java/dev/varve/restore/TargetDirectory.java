package dev.varve.restore;

import dev.varve.model.ByteString;
import dev.varve.posix.Descriptor;
import dev.varve.posix.PosixException;
import dev.varve.snapshot.StoredInode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A directory of the target while something in it is being restored. It counts who still works in it: the walk, each file, each
 * directory below; the last one to leave gives it its metadata, times included, closes it and leaves the directory above. So
 * directories are finished bottom up without a list of them; alive are only those on the walk's path and those of queued files.
 * Thread safe.
 */
final class TargetDirectory {
    private final TargetDirectory parent;
    private final ByteString name;
    private final Descriptor descriptor;
    private final StoredInode inode;
    private final boolean fresh;
    private final boolean inheriting;
    private final Finisher finisher;
    private final AtomicInteger users = new AtomicInteger(1);
    /** Null until asked for; then one for all. */
    private volatile List<ByteString> names;

    /**
     * @param parent null for the target itself
     * @param descriptor becomes this object's to close
     * @param inode whose metadata it gets at the end, or null to leave it as it is
     * @param fresh made by this restore: nothing but what this restore puts there is in it
     * @param inheriting what is made in it may be handed ACLs, flags or a project by it
     */
    TargetDirectory(
            TargetDirectory parent,
            ByteString name,
            Descriptor descriptor,
            StoredInode inode,
            boolean fresh,
            boolean inheriting,
            Finisher finisher) {
        this.parent = parent;
        this.name = name;
        this.descriptor = descriptor;
        this.inode = inode;
        this.fresh = fresh;
        this.inheriting = inheriting;
        this.finisher = finisher;
        if (parent != null) {
            parent.enter();
        }
    }

    Descriptor descriptor() {
        return descriptor;
    }

    StoredInode inode() {
        return inode;
    }

    boolean isFresh() {
        return fresh;
    }

    boolean isInheriting() {
        return inheriting;
    }

    TargetDirectory parent() {
        return parent;
    }

    void enter() {
        users.incrementAndGet();
    }

    void leave() throws IOException {
        TargetDirectory directory = this;
        while (directory != null && directory.users.decrementAndGet() == 0) {
            try (Descriptor open = directory.descriptor) {
                directory.finisher.finish(directory);
            }
            directory = directory.parent;
        }
    }

    /** The names from the target down. */
    List<ByteString> names() {
        List<ByteString> known = names;
        if (known == null) {
            ArrayDeque<ByteString> collected = new ArrayDeque<>();
            for (TargetDirectory d = this; d.parent != null; d = d.parent) {
                collected.addFirst(d.name);
            }
            known = List.copyOf(collected);
            names = known;
        }
        return known;
    }

    /** For people: the path of a name in it, from the target down. */
    String display(ByteString child) {
        StringBuilder path = new StringBuilder();
        for (ByteString part : names()) {
            path.append('/').append(part.display());
        }
        if (!child.isEmpty()) {
            path.append('/').append(child.display());
        }
        return path.isEmpty() ? "/" : path.toString();
    }

    /** Gives a directory that nobody works in any more its metadata. */
    @FunctionalInterface
    interface Finisher {
        void finish(TargetDirectory directory) throws PosixException;
    }
}
