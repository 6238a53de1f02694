package dev.varve.restore;

import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.Xattr;
import dev.varve.posix.Descriptor;
import dev.varve.posix.Errno;
import dev.varve.posix.ExtendedAttributes;
import dev.varve.posix.InodeFlags;
import dev.varve.posix.Posix;
import dev.varve.posix.PosixException;
import dev.varve.snapshot.StoredInode;
import java.util.function.Supplier;

/**
 * Gives a file that has its content already the rest of the original: owner, mode, ACLs and extended attributes, project, times,
 * in this order, because a change of owner drops setuid bits and capabilities, a change of mode rewrites the ACL's mask, and all of
 * them would be refused on an immutable file; {@link #setFlags} comes last, when the file has its name. What the system refuses is counted
 * by kind and does not stop anything, but a full disk does. Thread safe.
 */
final class MetadataWriter {
    private static final ByteString ACCESS_ACL = ByteString.utf8("system.posix_acl_access");
    private static final ByteString DEFAULT_ACL = ByteString.utf8("system.posix_acl_default");
    private static final int SET_UID = 04000;
    private static final int SET_GID = 02000;

    private final RestoreProgress progress;
    private final int user = Posix.effectiveUser();
    private final int group = Posix.effectiveGroup();

    MetadataWriter(RestoreProgress progress) {
        this.progress = progress;
    }

    /**
     * All but the flags.
     *
     * @param file a regular file or a directory, open for reading or writing; anything else by O_PATH
     * @param inheriting whether it lies in a directory that may have handed it an ACL or a project
     */
    void write(Descriptor file, StoredInode inode, boolean inheriting, Supplier<String> path) throws PosixException {
        Attributes wanted = inode.attributes();
        boolean opened = wanted.isRegular() || wanted.isDirectory();
        int mode = wanted.mode() & 07777 & ~setOwner(file, wanted, inheriting, path);
        if (opened) {
            attempt(Setting.MODE, path, () -> file.chmod(mode));
        } else if (!wanted.isSymlink()) {
            attempt(Setting.MODE, path, () -> file.chmodPath(mode));
        }
        if (opened && inheriting) {
            dropInheritedAcls(file, wanted.isDirectory(), path);
        }
        for (Xattr xattr : inode.xattrs()) {
            Setting kind = Setting.ofXattr(xattr.name().display());
            if (opened) {
                attempt(kind, path, () -> ExtendedAttributes.set(file, xattr));
            } else {
                attempt(kind, path, () -> ExtendedAttributes.setPath(file, xattr));
            }
        }
        if (opened && (wanted.projectId() != 0 || inheriting)) {
            setProject(file, wanted.projectId(), path);
        }
        if (opened) {
            attempt(Setting.TIME, path, () -> file.setTimes(wanted.mtime()));
        }
    }

    /** All but the flags of a file that stands already, which may have attributes that the snapshot's has not. */
    void rewrite(Descriptor file, StoredInode inode, Supplier<String> path) throws PosixException {
        removeOtherXattrs(file, inode, path);
        write(file, inode, true, path);
    }

    /** Removes what a restore would have set, had the snapshot it. */
    void removeOtherXattrs(Descriptor file, StoredInode inode, Supplier<String> path) throws PosixException {
        for (Xattr found : ExtendedAttributes.list(file)) {
            boolean wanted =
                    inode.xattrs().stream().anyMatch(xattr -> xattr.name().equals(found.name()));
            if (!wanted && isRestorable(found.name())) {
                Setting kind = Setting.ofXattr(found.name().display());
                attempt(kind, path, () -> ExtendedAttributes.remove(file, found.name()));
            }
        }
    }

    /** False for labels and the like, which the system of the target gives to files of its own accord. */
    static boolean isRestorable(ByteString xattr) {
        String name = xattr.display();
        return name.startsWith("user.")
                || name.startsWith("trusted.")
                || name.equals("security.capability")
                || xattr.equals(ACCESS_ACL)
                || xattr.equals(DEFAULT_ACL);
    }

    /** The times of what is not open for writing: after {@link #write}, by name. */
    void writeTimes(Descriptor parent, ByteString name, StoredInode inode, Supplier<String> path)
            throws PosixException {
        attempt(
                Setting.TIME,
                path,
                () -> Posix.setTimes(parent, name, inode.attributes().mtime()));
    }

    /** Flags of a regular file or directory, last of all: afterwards it may be immutable. */
    void setFlags(Descriptor file, Attributes wanted, boolean inheriting, Supplier<String> path) throws PosixException {
        int flags = wanted.flags() & InodeFlags.SETTABLE;
        if (flags == 0 && !inheriting) {
            return;
        }
        int current;
        try {
            current = InodeFlags.get(file);
        } catch (PosixException e) {
            if (flags != 0) {
                progress.addUnset(Setting.FLAG, path.get(), reason(e));
            }
            return;
        }
        int target = current & ~InodeFlags.SETTABLE | flags;
        if (target != current) {
            setFlags(file, current, target, path);
        }
    }

    /** Whether it has flags that a restore can set. */
    static boolean hasFlags(Attributes wanted) {
        return (wanted.flags() & InodeFlags.SETTABLE) != 0;
    }

    /** An immutable or append-only file takes no further name, so its flags are set after the last one. */
    static boolean mustWaitForLinks(Attributes wanted) {
        return wanted.nlink() > 1 && (wanted.flags() & (InodeFlags.IMMUTABLE | InodeFlags.APPEND)) != 0;
    }

    /** Frees a directory that was just made of what the one above handed it, so that it hands nothing on. */
    void disinherit(Descriptor directory, Supplier<String> path) throws PosixException {
        dropInheritedAcls(directory, true, path);
        setProject(directory, 0, path);
        try {
            int flags = InodeFlags.get(directory);
            if ((flags & InodeFlags.SETTABLE) != 0) {
                InodeFlags.set(directory, flags & ~InodeFlags.SETTABLE);
            }
        } catch (PosixException e) {
            // A file system without flags hands none on; one that keeps them is seen when the directory gets its own.
            throwIfFull(e);
        }
    }

    /** In one go, or, where the file system knows only some or some need more rights, one by one. */
    private void setFlags(Descriptor file, int current, int target, Supplier<String> path) {
        PosixException refused;
        try {
            InodeFlags.set(file, target);
            return;
        } catch (PosixException e) {
            refused = e;
        }
        int reached = current;
        int last = InodeFlags.IMMUTABLE | InodeFlags.APPEND;
        for (int half : new int[] {~last, last}) {
            for (int rest = (target ^ current) & half; rest != 0; rest &= rest - 1) {
                int flag = Integer.lowestOneBit(rest);
                try {
                    InodeFlags.set(file, reached ^ flag);
                    reached ^= flag;
                } catch (PosixException e) {
                    refused = e;
                }
            }
        }
        if (reached != target) {
            progress.addUnset(Setting.FLAG, path.get(), reason(refused));
        }
    }

    /** Returns the mode bits that must not be set because the owner they speak of could not be. */
    private int setOwner(Descriptor file, Attributes wanted, boolean inheriting, Supplier<String> path)
            throws PosixException {
        if (wanted.uid() == user && wanted.gid() == group && !inheriting) {
            return 0;
        }
        try {
            file.chown(wanted.uid(), wanted.gid());
            return 0;
        } catch (PosixException e) {
            throwIfFull(e);
            progress.addUnset(Setting.OWNER, path.get(), reason(e));
        }
        int withheld = wanted.uid() == user ? 0 : SET_UID;
        try {
            file.chown(-1, wanted.gid());
            return withheld;
        } catch (PosixException e) {
            // Counted already, with the owner.
            throwIfFull(e);
            return withheld | SET_GID;
        }
    }

    private void dropInheritedAcls(Descriptor file, boolean directory, Supplier<String> path) throws PosixException {
        attempt(Setting.ACL, path, () -> ExtendedAttributes.remove(file, ACCESS_ACL));
        if (directory) {
            attempt(Setting.ACL, path, () -> ExtendedAttributes.remove(file, DEFAULT_ACL));
        }
    }

    private void setProject(Descriptor file, int projectId, Supplier<String> path) {
        try {
            if (InodeFlags.projectId(file) != projectId) {
                InodeFlags.setProjectId(file, projectId);
            }
        } catch (PosixException e) {
            if (projectId != 0) {
                progress.addUnset(Setting.PROJECT, path.get(), reason(e));
            }
        }
    }

    private void attempt(Setting setting, Supplier<String> path, Attempt attempt) throws PosixException {
        try {
            attempt.run();
        } catch (PosixException e) {
            // An attribute that does not fit into its file's room gives ENOSPC as well; only the quota is beyond doubt.
            if (setting == Setting.OWNER || e.is(Errno.EDQUOT)) {
                throwIfFull(e);
            }
            progress.addUnset(setting, path.get(), reason(e));
        }
    }

    static void throwIfFull(PosixException e) throws PosixException {
        if (Errno.isDiskFull(e.errno())) {
            throw e;
        }
    }

    static String reason(PosixException e) {
        return Posix.describe(e.errno());
    }

    /** The bits of S_IFMT and the permission to make a special file with nobody else looking in. */
    static int creationMode(FileType type) {
        return type.bits() | 0600;
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws PosixException;
    }
}
