"""What Linux can do to a file and Python has no name for. Errors are OSError with the path."""
import ctypes, fcntl, os, struct

libc = ctypes.CDLL(None, use_errno=True)
KEEP_SIZE, PUNCH_HOLE, COLLAPSE_RANGE, ZERO_RANGE, INSERT_RANGE = 1, 2, 8, 16, 32
GETFLAGS, SETFLAGS, GETVERSION = 0x80086601, 0x40086602, 0x80087601
FSGETXATTR, FSSETXATTR, FSXATTR_BYTES, FSXATTR_PROJECT = 0x801C581F, 0x401C5820, 28, 12
SECRM, UNRM, SYNC, IMMUTABLE, APPEND, NODUMP, NOATIME = 0x1, 0x2, 0x8, 0x10, 0x20, 0x40, 0x80
JOURNAL_DATA, NOTAIL, DIRSYNC, TOPDIR, PROJINHERIT = 0x4000, 0x8000, 0x10000, 0x20000, 0x20000000
# Those that a user sets; the others say how the file is stored.
USER_FLAGS = SECRM | UNRM | SYNC | IMMUTABLE | APPEND | NODUMP | NOATIME | JOURNAL_DATA | NOTAIL | DIRSYNC | TOPDIR | PROJINHERIT
SHUTDOWN, SHUTDOWN_NO_LOG_FLUSH = 0x8004587D, 2


def with_fd(path, action, mode=os.O_RDONLY):
    fd = os.open(path, mode | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return action(fd)
    finally:
        os.close(fd)


def fallocate(path, mode, offset, length):
    def call(fd):
        if libc.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)) != 0:
            raise OSError(ctypes.get_errno(), "fallocate", path)

    with_fd(path, call, os.O_RDWR | os.O_CREAT)


def word(fd, request):
    buffer = bytearray(8)
    fcntl.ioctl(fd, request, buffer)
    return struct.unpack_from("<I", buffer)[0]


def flags(path):
    return with_fd(path, lambda fd: word(fd, GETFLAGS))


def generation(path):
    return with_fd(path, lambda fd: word(fd, GETVERSION))


def set_flags(path, bits):
    with_fd(path, lambda fd: fcntl.ioctl(fd, SETFLAGS, struct.pack("<Q", bits)))


def project(path):
    def call(fd):
        fsxattr = bytearray(FSXATTR_BYTES)
        fcntl.ioctl(fd, FSGETXATTR, fsxattr)
        return struct.unpack_from("<I", fsxattr, FSXATTR_PROJECT)[0]

    return with_fd(path, call)


def set_project(path, number):
    def call(fd):
        fsxattr = bytearray(FSXATTR_BYTES)
        fcntl.ioctl(fd, FSGETXATTR, fsxattr)
        struct.pack_into("<I", fsxattr, FSXATTR_PROJECT, number)
        fcntl.ioctl(fd, FSSETXATTR, bytes(fsxattr))

    with_fd(path, call)


def birth(path):
    """Birth time as (seconds, nanoseconds), None where there is none."""
    buffer = ctypes.create_string_buffer(256)
    if libc.statx(-100, path, 0x100, 0xFFF, buffer) != 0:
        raise OSError(ctypes.get_errno(), "statx", path)
    if not struct.unpack_from("<I", buffer, 0)[0] & 0x800:
        return None
    return struct.unpack_from("<qI", buffer, 80)


def sync(directory):
    """The whole file system that the directory is on, and no other."""
    with_fd(directory, libc.syncfs)


def shut_down(directory):
    """Stops the file system there as a power cut would: nothing that is not on the disk yet will be."""
    with_fd(directory, lambda fd: fcntl.ioctl(fd, SHUTDOWN, struct.pack("<I", SHUTDOWN_NO_LOG_FLUSH)))


def acl(*entries):
    """The VFS form of an ACL. Entries: (tag, permissions[, id])."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", e[0], e[1], e[2] if len(e) > 2 else 2**32 - 1) for e in entries)
