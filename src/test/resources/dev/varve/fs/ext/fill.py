"""Fills a mounted ext volume with every kind of object. Arguments: directory, seed. What a volume cannot hold is left out."""
import array, ctypes, errno, fcntl, os, random, stat, struct, sys

root = os.fsencode(sys.argv[1])
rng = random.Random(int(sys.argv[2]))
libc = ctypes.CDLL(None, use_errno=True)
TOLERATED = (errno.ENOTSUP, errno.ENOSPC, errno.ERANGE, errno.ENAMETOOLONG, errno.EINVAL, errno.E2BIG, errno.ENOTTY, errno.EFBIG, errno.EPERM)


def tolerant(action, *args, **kwargs):
    try:
        return action(*args, **kwargs)
    except OSError as e:
        if e.errno not in TOLERATED:
            raise


def at(*parts):
    return b"/".join((root,) + parts)


def write(path, data):
    with open(path, "wb") as stream:
        stream.write(data)


def fallocate(path, mode, offset, length):
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        libc.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length))
    finally:
        os.close(fd)


def set_flags(path, flags):
    fd = os.open(path, os.O_RDONLY)
    try:
        word = array.array("L", [0])
        fcntl.ioctl(fd, 0x80086601, word)
        word[0] |= flags
        tolerant(fcntl.ioctl, fd, 0x40086602, word)
    finally:
        os.close(fd)


def set_project(path, project):
    fd = os.open(path, os.O_RDONLY)
    try:
        fsx = bytearray(28)
        fcntl.ioctl(fd, 0x801C581F, fsx)
        struct.pack_into("<I", fsx, 12, project)
        tolerant(fcntl.ioctl, fd, 0x401C5820, bytes(fsx))
    finally:
        os.close(fd)


os.mkdir(at(b"files"))
for size in (0, 1, 59, 60, 61, 100, 150, 160, 1023, 1024, 1025, 4095, 4096, 4097, 65536, 300001):
    write(at(b"files", b"size-%d" % size), rng.randbytes(size))
for i in range(300):
    write(at(b"files", b"many-%03d" % i), rng.randbytes(rng.randrange(3000)))
with open(at(b"files", b"sparse"), "wb") as f:
    for offset in (0, 5_000, 70_000, 1_000_000, 5_000_000, 90_000_000):
        f.seek(offset)
        f.write(rng.randbytes(3000))
with open(at(b"files", b"hole-at-end"), "wb") as f:
    f.write(b"x" * 10000)
    f.truncate(400_000)
with open(at(b"files", b"fragmented"), "wb") as f:
    for i in range(900):
        f.seek(i * 2 * 4096)
        f.write(rng.randbytes(200))
    f.flush()
    os.fsync(f.fileno())
fallocate(at(b"files", b"unwritten"), 0, 0, 200_000)
fallocate(at(b"files", b"unwritten-partly"), 0, 0, 300_000)
with open(at(b"files", b"unwritten-partly"), "r+b") as f:
    f.seek(100_000)
    f.write(b"written")
fallocate(at(b"files", b"beyond-the-end"), 1, 0, 100_000)
write(at(b"files", b"punched"), rng.randbytes(200_000))
fallocate(at(b"files", b"punched"), 3, 50_000, 60_000)
with open(at(b"files", b"huge"), "wb") as f:
    tolerant(f.seek, 3_000_000_000_000)
    tolerant(f.write, b"far away")
    tolerant(f.flush)
    if f.tell() == 0:
        f.write(b"near")

os.mkdir(at(b"dirs"))
deep = at(b"dirs")
for i in range(30):
    deep += b"/%02d" % i
    os.mkdir(deep)
os.mkdir(at(b"dirs", b"indexed"))
for i in range(2500):
    write(at(b"dirs", b"indexed", b"name-of-some-length-%06d" % i), b"")
for i in range(0, 2500, 3):
    os.unlink(at(b"dirs", b"indexed", b"name-of-some-length-%06d" % i))
for count in range(0, 12):
    os.mkdir(at(b"dirs", b"n%d" % count))
    for i in range(count):
        write(at(b"dirs", b"n%d" % count, b"e%d" % i), b"x")
os.mkdir(at(b"dirs", b"emptied"))
for i in range(500):
    write(at(b"dirs", b"emptied", b"gone%d" % i), b"")
for i in range(500):
    os.unlink(at(b"dirs", b"emptied", b"gone%d" % i))

os.mkdir(at(b"names"))
for name in (b"a", b"n" * 255, b"\xff\xfe\x80", "grüße".encode(), b" space ", b"new\nline", b"\x01", b"-dash", b"q'\"\\"):
    write(at(b"names", name), name)

os.mkdir(at(b"links"))
write(at(b"links", b"original"), b"linked")
for i in range(5):
    os.link(at(b"links", b"original"), at(b"links", b"hard%d" % i))
for length in (1, 58, 59, 60, 61, 150, 160, 255, 500, 1000, 1023, 2000, 4000, 4095):
    tolerant(os.symlink, b"t" * length, at(b"links", b"soft%d" % length))
os.lchown(at(b"links", b"soft60"), 7, 8)
os.utime(at(b"links", b"soft60"), ns=(1, 1234567890123456789), follow_symlinks=False)

os.mkdir(at(b"special"))
for major, minor in ((1, 3), (8, 0), (255, 255), (8, 256), (300, 5), (4095, 1048575)):
    os.mknod(at(b"special", b"c%d-%d" % (major, minor)), stat.S_IFCHR | 0o640, os.makedev(major, minor))
    os.mknod(at(b"special", b"b%d-%d" % (major, minor)), stat.S_IFBLK | 0o600, os.makedev(major, minor))
os.mkfifo(at(b"special", b"fifo"))
os.mknod(at(b"special", b"socket"), stat.S_IFSOCK | 0o755)

os.mkdir(at(b"meta"))
for i, seconds in enumerate((-2**31, -1, 0, 1, 2**31 - 1, 2**31, 2**32, 2**33 + 5, 15032385535, -86400)):
    path = at(b"meta", b"time%d" % i)
    write(path, b"t")
    os.utime(path, ns=(0, seconds * 10**9 + (123456789 if i % 2 else 0)))
for i, (uid, gid) in enumerate(((0, 0), (1000, 100), (65534, 65535), (65536, 70000), (2**31, 2**32 - 2))):
    write(at(b"meta", b"owner%d" % i), b"o")
    os.chown(at(b"meta", b"owner%d" % i), uid, gid)
for mode in (0o0, 0o777, 0o4755, 0o2755, 0o1777, 0o6711):
    write(at(b"meta", b"mode%o" % mode), b"m")
    os.chmod(at(b"meta", b"mode%o" % mode), mode)
for name, flags in (("append", 0x20), ("immutable", 0x10), ("nodump", 0x40), ("sync", 0x8), ("noatime", 0x80), ("journal", 0x4000)):
    write(at(b"meta", name.encode()), b"f")
    set_flags(at(b"meta", name.encode()), flags)
write(at(b"meta", b"project"), b"p")
set_project(at(b"meta", b"project"), 4242)

os.mkdir(at(b"xattrs"))


def xattr(name, key, value):
    path = at(b"xattrs", name)
    if not os.path.exists(path):
        write(path, b"x")
    tolerant(os.setxattr, path, key, value)


acl = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", *e) for e in ((1, 7, 2**32 - 1), (2, 5, 1001), (2, 6, 70000), (4, 5, 2**32 - 1), (8, 4, 100), (16, 7, 2**32 - 1), (32, 4, 2**32 - 1)))
os.mkdir(at(b"xattrs", b"acl-dir"))
for i in range(20):
    xattr(b"small%d" % i, b"user.small", b"value %d" % i)
    xattr(b"shared%d" % i, b"user.shared", b"the same for all" * 20)
for size in (0, 1, 40, 100, 300, 700, 900, 1900, 3500, 3900, 10000, 60000):
    xattr(b"value%d" % size, b"user.value", rng.randbytes(size))
for i in range(40):
    xattr(b"lots", b"user.attribute-%d" % i, rng.randbytes(i))
xattr(b"kinds", b"user.u", b"1")
xattr(b"kinds", b"trusted.t", b"2")
xattr(b"kinds", b"security.s", b"3")
xattr(b"kinds", b"user." + b"n" * 240, b"4")
xattr(b"kinds", b"user.\xff\x80", b"5")
xattr(b"capable", b"security.capability", struct.pack("<IIIII", 0x02000001, 0x2000, 0, 0, 0))
xattr(b"acl", b"system.posix_acl_access", acl)
tolerant(os.setxattr, at(b"xattrs", b"acl-dir"), b"system.posix_acl_default", acl)
write(at(b"xattrs", b"acl-dir", b"inherits"), b"i")
os.symlink(b"nowhere", at(b"xattrs", b"link"))
tolerant(os.setxattr, at(b"xattrs", b"link"), b"trusted.on-link", b"l", follow_symlinks=False)
tolerant(os.setxattr, at(b"special", b"fifo"), b"trusted.on-fifo", b"f")
