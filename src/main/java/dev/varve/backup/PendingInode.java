package dev.varve.backup;

import dev.varve.fs.VolumeInode;
import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.Xattr;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.DirectoryRoot;
import dev.varve.snapshot.Part;
import dev.varve.snapshot.StoredInode;
import java.util.List;

/**
 * An inode of the window between its scan and its page: what is known of it, filled in as it is read. Memory: about 1 KiB
 * with the reader's raw inode, and its attributes and short content.
 */
final class PendingInode {
    private static final ByteString NO_FINGERPRINT = ByteString.of(new byte[StoredInode.FINGERPRINT_BYTES]);

    final VolumeInode inode;
    final ByteString fingerprint;

    /** What the previous snapshot holds, when the rule says that nothing changed; else null. */
    final StoredInode unchanged;

    /** Bytes of the device in which the inode's blocks lie; 0 and 0 when it has none. */
    long firstByte;

    long endByte;

    List<Xattr> xattrs = List.of();
    long parent;
    ByteString symlinkTarget;
    DirectoryRoot directory;
    Content content;
    boolean unreadable;

    /** Something of it is not in the snapshot: the next backup must not take it for unchanged. */
    boolean incomplete;

    boolean tailKept;

    PendingInode(VolumeInode inode, ByteString fingerprint, StoredInode unchanged) {
        this.inode = inode;
        this.fingerprint = fingerprint;
        this.unchanged = unchanged;
        if (unchanged != null) {
            xattrs = unchanged.xattrs();
            parent = unchanged.parent();
            symlinkTarget = unchanged.symlinkTarget();
            directory = unchanged.directory();
            content = unchanged.content();
            tailKept = unchanged.tailKept();
        }
    }

    long number() {
        return inode.number();
    }

    /** The attributes stand, the rest could not be read. */
    void giveUp() {
        unreadable = true;
        tailKept = false;
        switch (inode.attributes().type()) {
            case REGULAR -> content = hole(Math.max(0, inode.attributes().size()));
            case DIRECTORY -> directory = directory == null ? DirectoryRoot.EMPTY : directory;
            case SYMLINK -> symlinkTarget = ByteString.EMPTY;
            default -> {}
        }
    }

    StoredInode toStored() {
        return new StoredInode(
                number(),
                storable(inode.attributes()),
                fingerprint == null || incomplete ? NO_FINGERPRINT : fingerprint,
                xattrs,
                parent,
                symlinkTarget,
                directory,
                content,
                unreadable,
                tailKept);
    }

    private static Content hole(long size) {
        return size == 0 ? Content.EMPTY : new Content(size, 0, List.of(new Part(size, null)));
    }

    /** A damaged inode may have a size that no snapshot can hold. */
    private static Attributes storable(Attributes a) {
        if (a.size() >= 0 && a.blocks() >= 0) {
            return a;
        }
        return new Attributes(
                a.mode(),
                a.uid(),
                a.gid(),
                Math.max(0, a.size()),
                Math.max(0, a.blocks()),
                a.nlink(),
                a.mtime(),
                a.ctime(),
                a.birthTime(),
                a.flags(),
                a.generation(),
                a.rdev(),
                a.projectId());
    }
}
