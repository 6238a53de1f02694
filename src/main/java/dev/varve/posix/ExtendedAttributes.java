package dev.varve.posix;

import dev.varve.model.ByteString;
import dev.varve.model.Xattr;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Extended attributes of every namespace, in the VFS form. */
public final class ExtendedAttributes {
    /** XATTR_SIZE_MAX and XATTR_LIST_MAX of the kernel. */
    private static final int MAX_BYTES = 64 * 1024;

    private ExtendedAttributes() {}

    /** Sets one on an open regular file or directory. */
    public static void set(Descriptor file, Xattr xattr) throws PosixException {
        byte[] value = xattr.value().toBytes();
        Posix.check(Posix.C.fsetxattr(file.fd(), Posix.z(xattr.name()), value, value.length, 0), file.name());
    }

    /** The same for a file opened with O_PATH: symbolic links, devices, fifos, sockets. */
    public static void setPath(Descriptor file, Xattr xattr) throws PosixException {
        byte[] value = xattr.value().toBytes();
        byte[] path = Posix.z(file.magicPath());
        Posix.check(Posix.C.setxattr(path, Posix.z(xattr.name()), value, value.length, 0), file.name());
    }

    /** Removes one; no error if there is none, or if the file system knows none. */
    public static void remove(Descriptor file, ByteString name) throws PosixException {
        if (Posix.C.fremovexattr(file.fd(), Posix.z(name)) < 0) {
            int errno = Posix.errno();
            if (errno != Errno.ENODATA && errno != Errno.EOPNOTSUPP) {
                throw new PosixException(file.name(), errno);
            }
        }
    }

    /** All of a path, symbolic links not followed, sorted by name. */
    public static List<Xattr> list(Path path) throws PosixException {
        byte[] file = Posix.z(Posix.bytes(path));
        return list(
                path.toString(),
                names -> Posix.C.llistxattr(file, names, names.length),
                (name, value) -> Posix.C.lgetxattr(file, name, value, value.length));
    }

    /** All of an open file, also one opened with O_PATH, sorted by name. */
    public static List<Xattr> list(Descriptor file) throws PosixException {
        byte[] path = Posix.z(file.magicPath());
        return list(
                file.name(),
                names -> Posix.C.listxattr(path, names, names.length),
                (name, value) -> Posix.C.getxattr(path, name, value, value.length));
    }

    private static List<Xattr> list(String shown, NameList nameList, Value valueOf) throws PosixException {
        byte[] names = new byte[MAX_BYTES];
        int length = (int) nameList.read(names);
        if (length < 0 && Posix.errno() == Errno.EOPNOTSUPP) {
            return List.of();
        }
        Posix.check(length, shown);
        List<Xattr> all = new ArrayList<>();
        byte[] value = length == 0 ? names : new byte[MAX_BYTES];
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (names[i] == 0) {
                ByteString name = ByteString.of(names, start, i - start);
                int size = (int) valueOf.read(Posix.z(name), value);
                Posix.check(size, shown);
                all.add(new Xattr(name, ByteString.of(value, 0, size)));
                start = i + 1;
            }
        }
        all.sort((a, b) -> a.name().compareTo(b.name()));
        return all;
    }

    /** listxattr of one file. */
    @FunctionalInterface
    private interface NameList {
        long read(byte[] names);
    }

    /** getxattr of one file. */
    @FunctionalInterface
    private interface Value {
        long read(byte[] name, byte[] value);
    }
}
