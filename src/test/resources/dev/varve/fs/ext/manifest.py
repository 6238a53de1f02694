"""Prints what the kernel says of every name below a directory, one line each, in the form of ext.Manifest (Java)."""
import array, ctypes, fcntl, hashlib, os, stat, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
GETFLAGS, GETVERSION, FSGETXATTR = 0x80086601, 0x80087601, 0x801C581F


def birth(path):
    buffer = ctypes.create_string_buffer(256)
    if libc.statx(-100, path, 0x100, 0xFFF, buffer) != 0:
        raise OSError(ctypes.get_errno(), path)
    seconds, nanos = struct.unpack_from("<qI", buffer, 80)
    return "%d.%09d" % (seconds, nanos)


def stamp(ns):
    return "%d.%09d" % (ns // 10**9, ns % 10**9)


def ioctls(path):
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NOATIME)
    try:
        flags = array.array("L", [0])
        fcntl.ioctl(fd, GETFLAGS, flags)
        version = array.array("L", [0])
        fcntl.ioctl(fd, GETVERSION, version)
        fsx = bytearray(28)
        fcntl.ioctl(fd, FSGETXATTR, fsx)
        return flags[0] & 0xFFFFFFFF, version[0] & 0xFFFFFFFF, struct.unpack_from("<I", fsx, 12)[0]
    finally:
        os.close(fd)


def content(path, mode):
    if stat.S_ISLNK(mode):
        return hashlib.sha256(os.readlink(path)).hexdigest()
    if stat.S_ISREG(mode) and os.lstat(path).st_size <= 1 << 30:
        digest = hashlib.sha256()
        with open(path, "rb") as stream:
            while True:
                piece = stream.read(1 << 20)
                if not piece:
                    return digest.hexdigest()
                digest.update(piece)
    return "-"


def line(root, path):
    s = os.lstat(path)
    more = "-"
    if stat.S_ISREG(s.st_mode) or stat.S_ISDIR(s.st_mode):
        more = "%x,%x,%d" % ioctls(path)
    xattrs = sorted(n.encode("utf-8", "surrogateescape") for n in os.listxattr(path, follow_symlinks=False))
    texts = ["%s=%s" % (n.hex(), os.getxattr(path, n, follow_symlinks=False).hex()) for n in xattrs]
    device = stat.S_ISCHR(s.st_mode) or stat.S_ISBLK(s.st_mode)
    fields = [path[len(root):].hex(), s.st_ino, "%o" % s.st_mode, s.st_uid, s.st_gid, s.st_size, s.st_blocks, s.st_nlink,
              stamp(s.st_mtime_ns), stamp(s.st_ctime_ns), birth(path) if len(sys.argv) > 2 else "-",
              s.st_rdev if device else 0, more, content(path, s.st_mode), ";".join(texts)]
    return " ".join(str(f) for f in fields)


def walk(root, directory):
    for name in sorted(os.listdir(directory)):
        path = directory + b"/" + name
        print(line(root, path))
        if stat.S_ISDIR(os.lstat(path).st_mode):
            walk(root, path)


top = os.fsencode(sys.argv[1])
print(line(top, top))
walk(top, top)
