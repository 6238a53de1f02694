package dev.varve.posix;

import java.nio.ByteBuffer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;

/**
 * The functions of glibc (2.33 or newer) that Java has no way to. Strings are bytes with a zero at the end. Only {@code
 * dev.varve.posix} may call it: results are −1 and errno. It is public because the generated binding lives elsewhere.
 */
public interface LibC {
    int openat(int directory, @In byte[] path, int flags, int mode);

    int close(int fd);

    int mkdirat(int directory, @In byte[] path, int mode);

    int mknodat(int directory, @In byte[] path, int mode, long rdev);

    int symlinkat(@In byte[] target, int directory, @In byte[] path);

    int linkat(int fromDirectory, @In byte[] from, int toDirectory, @In byte[] to, int flags);

    int unlinkat(int directory, @In byte[] path, int flags);

    int renameat(int fromDirectory, @In byte[] from, int toDirectory, @In byte[] to);

    int renameat2(int fromDirectory, @In byte[] from, int toDirectory, @In byte[] to, int flags);

    long readlinkat(int directory, @In byte[] path, @Out byte[] target, long size);

    int statx(int directory, @In byte[] path, int flags, int mask, @Out byte[] status);

    int fchownat(int directory, @In byte[] path, int uid, int gid, int flags);

    int fchmod(int fd, int mode);

    int chmod(@In byte[] path, int mode);

    int utimensat(int directory, @In byte[] path, @In byte[] times, int flags);

    int futimens(int fd, @In byte[] times);

    int ftruncate(int fd, long size);

    int fsync(int fd);

    int syncfs(int fd);

    long lseek(int fd, long offset, int whence);

    long pwrite(int fd, ByteBuffer data, long count, long offset);

    long write(int fd, ByteBuffer data, long count);

    long pread(int fd, ByteBuffer data, long count, long offset);

    int ioctl(int fd, long request, @In @Out byte[] argument);

    int fsetxattr(int fd, @In byte[] name, @In byte[] value, long size, int flags);

    int setxattr(@In byte[] path, @In byte[] name, @In byte[] value, long size, int flags);

    int fremovexattr(int fd, @In byte[] name);

    long getxattr(@In byte[] path, @In byte[] name, @Out byte[] value, long size);

    long listxattr(@In byte[] path, @Out byte[] names, long size);

    long lgetxattr(@In byte[] path, @In byte[] name, @Out byte[] value, long size);

    long llistxattr(@In byte[] path, @Out byte[] names, long size);

    int geteuid();

    int getegid();

    int isatty(int fd);

    String strerror(int errno);

    int setpriority(int which, int who, int priority);
}
