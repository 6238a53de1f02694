package dev.varve.posix;

import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/**
 * System calls on names relative to open directories, none of which follows a symbolic link in the last place. Names are bytes.
 * Thread safe. A name with a zero byte is refused (EINVAL) before the kernel would cut it short.
 */
public final class Posix {
    static final LibC C;
    static final int AT_FDCWD = -100;
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_REMOVEDIR = 0x200;
    static final int AT_EMPTY_PATH = 0x1000;
    private static final int RENAME_NOREPLACE = 1;
    private static final int PRIO_PROCESS = 0;
    private static final int LOWEST_PRIORITY = 19;
    private static final Runtime RUNTIME;

    static {
        C = LibraryLoader.create(LibC.class).load("libc.so.6");
        RUNTIME = Runtime.getRuntime(C);
    }

    private Posix() {}

    /** Opens a path of the user's; symbolic links in it are followed unless {@code flags} says otherwise. */
    public static Descriptor open(Path path, int flags, int mode) throws PosixException {
        byte[] name = z(bytes(path), path.toString());
        return new Descriptor(
                retry(() -> C.openat(AT_FDCWD, name, flags | OpenFlags.CLOEXEC, mode), path.toString()),
                path.toString());
    }

    /** Opens a name in a directory; never follows a symbolic link in its last place. */
    public static Descriptor openAt(Descriptor directory, ByteString name, int flags, int mode) throws PosixException {
        byte[] path = z(name);
        String shown = shown(directory, name);
        int all = flags | OpenFlags.NOFOLLOW | OpenFlags.CLOEXEC;
        return new Descriptor(retry(() -> C.openat(directory.fd(), path, all, mode), shown), shown);
    }

    /** Opens a directory in a directory; ENOTDIR or ELOOP if it is something else, a symbolic link to one included. */
    public static Descriptor openDirectory(Descriptor parent, ByteString name) throws PosixException {
        return openAt(parent, name, OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0);
    }

    public static void mkdir(Descriptor parent, ByteString name, int mode) throws PosixException {
        check(C.mkdirat(parent.fd(), z(name), mode), parent, name);
    }

    /** @param mode type and permission bits; the process's umask is taken off the latter */
    public static void mknod(Descriptor parent, ByteString name, int mode, long rdev) throws PosixException {
        check(C.mknodat(parent.fd(), z(name), mode, rdev), parent, name);
    }

    public static void symlink(ByteString target, Descriptor parent, ByteString name) throws PosixException {
        check(C.symlinkat(z(target), parent.fd(), z(name)), parent, name);
    }

    public static void link(Descriptor fromParent, ByteString from, Descriptor toParent, ByteString to)
            throws PosixException {
        check(C.linkat(fromParent.fd(), z(from), toParent.fd(), z(to), 0), toParent, to);
    }

    public static void unlink(Descriptor parent, ByteString name) throws PosixException {
        check(C.unlinkat(parent.fd(), z(name), 0), parent, name);
    }

    /**
     * Lets this thread, and those it starts from now on, give way to others. A hint: no error if it can't be.
     *
     * @param nice 0 to 19
     */
    public static void lowerPriority(int nice) {
        if (nice > 0) {
            C.setpriority(PRIO_PROCESS, 0, Math.min(nice, LOWEST_PRIORITY));
        }
    }

    /** Renames within a directory, over whatever but a directory bears the new name. */
    public static void rename(Descriptor parent, ByteString from, ByteString to) throws PosixException {
        check(C.renameat(parent.fd(), z(from), parent.fd(), z(to)), parent, to);
    }

    /** Renames a path; EEXIST if {@code to} is taken and must not be replaced. */
    public static void rename(Path from, Path to, boolean replace) throws PosixException {
        int flags = replace ? 0 : RENAME_NOREPLACE;
        check(C.renameat2(AT_FDCWD, z(bytes(from)), AT_FDCWD, z(bytes(to)), flags), to.toString());
    }

    /** The target of a symbolic link. */
    public static ByteString readlink(Descriptor parent, ByteString name) throws PosixException {
        byte[] target = new byte[4096];
        int length = (int) C.readlinkat(parent.fd(), z(name), target, target.length);
        check(length, parent, name);
        return ByteString.of(target, 0, length);
    }

    /** The status of a name, symbolic links not followed; with an empty name, of the open file itself. */
    public static FileStatus status(Descriptor parent, ByteString name) throws PosixException {
        FileStatus status = statusOrNull(parent, name);
        if (status == null) {
            throw new PosixException(shown(parent, name), Errno.ENOENT);
        }
        return status;
    }

    /** The same, or null if there is no such name. */
    public static FileStatus statusOrNull(Descriptor parent, ByteString name) throws PosixException {
        byte[] statx = new byte[FileStatus.BYTES];
        int flags = AT_SYMLINK_NOFOLLOW | (name.isEmpty() ? AT_EMPTY_PATH : 0);
        if (C.statx(parent.fd(), z(name), flags, FileStatus.BASIC_STATS, statx) < 0) {
            int errno = errno();
            if (errno == Errno.ENOENT) {
                return null;
            }
            throw new PosixException(shown(parent, name), errno);
        }
        return FileStatus.decode(statx);
    }

    /** Owner of a name, symbolic links not followed. An id of −1 is left as it is. */
    public static void chown(Descriptor parent, ByteString name, int uid, int gid) throws PosixException {
        check(C.fchownat(parent.fd(), z(name), uid, gid, AT_SYMLINK_NOFOLLOW), parent, name);
    }

    /** Access and modification time of a name, symbolic links not followed. */
    public static void setTimes(Descriptor parent, ByteString name, Timestamp time) throws PosixException {
        check(C.utimensat(parent.fd(), z(name), timespecs(time), AT_SYMLINK_NOFOLLOW), parent, name);
    }

    public static int effectiveUser() {
        return C.geteuid();
    }

    public static int effectiveGroup() {
        return C.getegid();
    }

    /** Whether a standard stream (0, 1, 2) is a terminal. */
    public static boolean isTerminal(int stream) {
        return C.isatty(stream) == 1;
    }

    /** libc's words for an error number. */
    public static String describe(int errno) {
        return C.strerror(errno);
    }

    /** The bytes of a path: Java's Strings hold them one to one where the launcher set Latin-1 as the encoding of names. */
    public static ByteString bytes(Path path) {
        String text = path.toString();
        boolean latin = "ISO-8859-1".equals(System.getProperty("sun.jnu.encoding"));
        return ByteString.of(text.getBytes(latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8));
    }

    static int errno() {
        return RUNTIME.getLastError();
    }

    static void check(int result, String what) throws PosixException {
        if (result < 0) {
            throw new PosixException(what, errno());
        }
    }

    private static void check(int result, Descriptor parent, ByteString name) throws PosixException {
        if (result < 0) {
            int errno = errno();
            throw new PosixException(shown(parent, name), errno);
        }
    }

    private static String shown(Descriptor parent, ByteString name) {
        if (name.isEmpty()) {
            return parent.name();
        }
        return parent.name().endsWith("/") ? parent.name() + name.display() : parent.name() + "/" + name.display();
    }

    /** The bytes with a zero behind them. */
    static byte[] z(ByteString name) throws PosixException {
        return z(name, name.display());
    }

    private static byte[] z(ByteString name, String shown) throws PosixException {
        byte[] bytes = new byte[name.length() + 1];
        name.copyTo(bytes, 0);
        for (int i = 0; i < name.length(); i++) {
            if (bytes[i] == 0) {
                throw new PosixException(shown, Errno.EINVAL);
            }
        }
        return bytes;
    }

    /** Two equal struct timespec. */
    static byte[] timespecs(Timestamp time) {
        ByteBuffer times = ByteBuffer.allocate(32).order(ByteOrder.nativeOrder());
        for (int i = 0; i < 2; i++) {
            times.putLong(time.seconds()).putLong(time.nanos());
        }
        return times.array();
    }

    private static int retry(Call call, String what) throws PosixException {
        while (true) {
            int result = call.run();
            if (result >= 0) {
                return result;
            }
            int errno = errno();
            if (errno != Errno.EINTR) {
                throw new PosixException(what, errno);
            }
        }
    }

    @FunctionalInterface
    private interface Call {
        int run();
    }
}
