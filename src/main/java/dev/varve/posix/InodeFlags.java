package dev.varve.posix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What lsattr and chattr show and set: inode flags and the project id, by ioctl on an open regular file or directory. */
public final class InodeFlags {
    /** FS_IMMUTABLE_FL. */
    public static final int IMMUTABLE = 0x10;
    /** FS_APPEND_FL. */
    public static final int APPEND = 0x20;
    /** FS_NODUMP_FL. */
    public static final int NODUMP = 0x40;
    /** FS_NOATIME_FL. */
    public static final int NOATIME = 0x80;

    /**
     * The flags that a user sets and a restore can give back: secrm, unrm, compr, sync, immutable, append, nodump, noatime, nocomp,
     * journal_data, notail, dirsync, topdir, nocow, dax, projinherit. All others describe how the original was stored.
     */
    public static final int SETTABLE = 0x2283_C4FF;

    private static final long GETFLAGS = 0x8008_6601L;
    private static final long SETFLAGS = 0x4008_6602L;
    private static final long FSGETXATTR = 0x801c_581fL;
    private static final long FSSETXATTR = 0x401c_5820L;
    /** struct fsxattr. */
    private static final int FSXATTR_BYTES = 28;

    private static final int FSXATTR_PROJECT = 12;

    private InodeFlags() {}

    /** FS_*_FL bits. ENOTTY or EOPNOTSUPP where the file system has none. */
    public static int get(Descriptor file) throws PosixException {
        // The kernel copies an int, whatever the request number says; the room of a long is for file systems that
        // believe it.
        byte[] flags = new byte[8];
        Posix.check(Posix.C.ioctl(file.fd(), GETFLAGS, flags), file.name());
        return ByteBuffer.wrap(flags).order(ByteOrder.nativeOrder()).getInt();
    }

    public static void set(Descriptor file, int flags) throws PosixException {
        byte[] argument = ByteBuffer.allocate(8)
                .order(ByteOrder.nativeOrder())
                .putInt(flags)
                .array();
        Posix.check(Posix.C.ioctl(file.fd(), SETFLAGS, argument), file.name());
    }

    public static int projectId(Descriptor file) throws PosixException {
        byte[] fsxattr = new byte[FSXATTR_BYTES];
        Posix.check(Posix.C.ioctl(file.fd(), FSGETXATTR, fsxattr), file.name());
        return ByteBuffer.wrap(fsxattr).order(ByteOrder.nativeOrder()).getInt(FSXATTR_PROJECT);
    }

    public static void setProjectId(Descriptor file, int projectId) throws PosixException {
        byte[] fsxattr = new byte[FSXATTR_BYTES];
        Posix.check(Posix.C.ioctl(file.fd(), FSGETXATTR, fsxattr), file.name());
        ByteBuffer.wrap(fsxattr).order(ByteOrder.nativeOrder()).putInt(FSXATTR_PROJECT, projectId);
        Posix.check(Posix.C.ioctl(file.fd(), FSSETXATTR, fsxattr), file.name());
    }
}
