package dev.varve.model;

/**
 * What stat, statx and lsattr say of an inode. Access times are not kept: they would change every inode every day.
 *
 * @param mode st_mode, type bits included
 * @param size bytes
 * @param blocks st_blocks: allocated units of 512 bytes
 * @param rdev device number in the kernel's st_rdev encoding (makedev of glibc), 0 unless a device
 * @param flags inode flags as FS_IOC_GETFLAGS gives them (FS_*_FL), the user-visible ones and the rest as stored
 * @param projectId quota project, 0 when none
 */
public record Attributes(
        int mode,
        int uid,
        int gid,
        long size,
        long blocks,
        int nlink,
        Timestamp mtime,
        Timestamp ctime,
        Timestamp birthTime,
        int flags,
        int generation,
        long rdev,
        int projectId) {

    /** The type, or null when the mode names none (a damaged inode). */
    public FileType type() {
        return FileType.ofMode(mode);
    }

    public boolean isDirectory() {
        return type() == FileType.DIRECTORY;
    }

    public boolean isRegular() {
        return type() == FileType.REGULAR;
    }

    public boolean isSymlink() {
        return type() == FileType.SYMLINK;
    }
}
