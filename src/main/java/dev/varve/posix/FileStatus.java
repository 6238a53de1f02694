package dev.varve.posix;

import dev.varve.model.FileType;
import dev.varve.model.Timestamp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What statx(2) says of a file.
 *
 * @param device number of the device it lies on, as makedev of glibc builds it
 * @param rdev number of the device it is, 0 unless it is one
 * @param attributes STATX_ATTR_ bits
 */
public record FileStatus(
        long device,
        long inode,
        int mode,
        int uid,
        int gid,
        int nlink,
        long size,
        long blocks,
        long rdev,
        Timestamp mtime,
        Timestamp atime,
        long attributes) {
    /** STATX_ATTR_IMMUTABLE. */
    public static final long IMMUTABLE = 0x10;
    /** STATX_ATTR_APPEND. */
    public static final long APPEND = 0x20;

    static final int BYTES = 256;
    static final int BASIC_STATS = 0x7ff;

    /** @param statx struct statx as the kernel filled it in */
    static FileStatus decode(byte[] statx) {
        ByteBuffer b = ByteBuffer.wrap(statx).order(ByteOrder.nativeOrder());
        return new FileStatus(
                makedev(b.getInt(136), b.getInt(140)),
                b.getLong(32),
                Short.toUnsignedInt(b.getShort(28)),
                b.getInt(20),
                b.getInt(24),
                b.getInt(16),
                b.getLong(40),
                b.getLong(48),
                makedev(b.getInt(128), b.getInt(132)),
                new Timestamp(b.getLong(112), b.getInt(120)),
                new Timestamp(b.getLong(64), b.getInt(72)),
                b.getLong(8));
    }

    /** glibc's makedev. */
    public static long makedev(int major, int minor) {
        long high = Integer.toUnsignedLong(major);
        long low = Integer.toUnsignedLong(minor);
        return (high & 0xfffff000L) << 32 | (high & 0xfff) << 8 | (low & 0xffffff00L) << 12 | (low & 0xff);
    }

    /** glibc's gnu_dev_major. */
    public static int major(long device) {
        return (int) (device >>> 32 & 0xfffff000L | device >>> 8 & 0xfff);
    }

    /** glibc's gnu_dev_minor. */
    public static int minor(long device) {
        return (int) (device >>> 12 & 0xffffff00L | device & 0xff);
    }

    public FileType type() {
        return FileType.ofMode(mode);
    }
}
