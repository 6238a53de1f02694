"""Fills a directory with every kind of object:  fill.py DIRECTORY SEED [plain]

With "plain", only what mke2fs -d copies onto any volume. What the volume has no room or no feature for is left out; the last line says what
that was. Deterministic for a seed, but for times. change.py changes what this made.
"""
import errno, mmap, os, random, socket, stat, struct, sys
import linux

root = os.fsencode(sys.argv[1])
rng = random.Random(int(sys.argv[2]))
plain = "plain" in sys.argv[3:]
block = os.statvfs(root).f_bsize
LEFT_OUT = (errno.EOPNOTSUPP, errno.ENOSPC, errno.ERANGE, errno.ENAMETOOLONG, errno.EFBIG, errno.E2BIG, errno.ENOTTY)
left_out = {}


def attempt(what, action, *arguments, **named):
    """False if this volume cannot have it: EINVAL if for want of extents, EPERM for a flag if not even root of a container may."""
    try:
        action(*arguments, **named)
        return True
    except OSError as e:
        if e.errno not in LEFT_OUT and not (e.errno in (errno.EINVAL, errno.EPERM) and what in ("project", "range", "flag")):
            raise
        left_out[what] = left_out.get(what, 0) + 1
        return False


def at(*names):
    return b"/".join((root,) + names)


def make(*names):
    os.mkdir(at(*names))


def write(path, data, offset=0):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        while data:
            done = os.pwrite(fd, data, offset)
            data, offset = data[done:], offset + done
    finally:
        os.close(fd)


def sync(path):
    linux.with_fd(path, os.fsync)


def text(length):
    """Bytes that compress."""
    return b" ".join(rng.choice((b"varve", b"layer", b"lake", b"sediment", b"year")) for _ in range(length // 4 + 1))[:length]


def sizes():
    make(b"sizes")
    per_block = block // 4
    edges = {0, 1, 59, 60, 61, 100, 130, 156, 160, 200, 1023, 1024, 1025, 4095, 4096, 4097, 8192, 65536, 300001}
    edges |= {block - 1, block, block + 1, 12 * block - 1, 12 * block, 12 * block + 1}
    edges |= {(12 + per_block) * block + d for d in (-1, 0, 1)} if block == 1024 else set()
    for size in sorted(edges):
        write(at(b"sizes", b"%d" % size), rng.randbytes(size) if size % 2 else text(size))
    for i in range(60):
        write(at(b"sizes", b"many-%03d" % i), rng.randbytes(rng.randrange(2500)))
    write(at(b"sizes", b"two-megabytes"), rng.randbytes(2 << 20))
    write(at(b"sizes", b"two-megabytes-again"), text(2 << 20))
    write(at(b"sizes", b"zeros"), bytes(200_000))


def sparse():
    make(b"sparse")
    for offset in (0, 5_000, 70_000, 1_000_000, 5_000_000, 20_000_000):
        write(at(b"sparse", b"scattered"), rng.randbytes(3000), offset)
    write(at(b"sparse", b"hole-first"), b"end", 300_000)
    write(at(b"sparse", b"hole-last"), b"x" * 10_000)
    os.truncate(at(b"sparse", b"hole-last"), 400_000)
    os.truncate(at(b"sparse", b"hole-last"), 399_999)
    write(at(b"sparse", b"only-hole"), b"")
    os.truncate(at(b"sparse", b"only-hole"), 12_345_678)
    # Each a block with a hole behind it, and longer than its directory entry of extents.
    for i in range(400):
        write(at(b"sparse", b"comb"), rng.randbytes(block // 2 + i % 7), i * 2 * block)
    sync(at(b"sparse", b"comb"))
    for power in (30, 31, 32, 33) if plain else (30, 31, 32, 33, 34, 40, 41, 42, 43):
        attempt("huge offset", write, at(b"sparse", b"huge"), b"at two to the %d" % power, 1 << power)
    # Cut in the middle of a block: what was behind it must not come back with the hole.
    write(at(b"sparse", b"cut"), b"\xee" * (3 * block))
    os.truncate(at(b"sparse", b"cut"), block + 10)
    os.truncate(at(b"sparse", b"cut"), 2 * block + 10)
    write(at(b"sparse", b"short-last-block"), b"\xee" * (2 * block))
    sync(at(b"sparse", b"short-last-block"))
    os.truncate(at(b"sparse", b"short-last-block"), block + 100)


def unwritten():
    make(b"unwritten")
    # Blocks that once held something, so that unwritten ones have old bytes in them.
    write(at(b"unwritten", b"stale"), b"\xde\xad" * 300_000)
    sync(at(b"unwritten", b"stale"))
    os.unlink(at(b"unwritten", b"stale"))
    linux.sync(root)

    def ranges(name, *calls):
        for mode, offset, length in calls:
            if not attempt("range", linux.fallocate, at(b"unwritten", name), mode, offset, length):
                return

    ranges(b"all", (0, 0, 600_000))
    ranges(b"all-beyond-the-end", (linux.KEEP_SIZE, 0, 100_000))
    ranges(b"sparse", (0, 100_000, 50_000), (0, 500_000, 50_000))
    ranges(b"partly", (0, 0, 300_000))
    write(at(b"unwritten", b"partly"), b"written", 100_000)
    sync(at(b"unwritten", b"partly"))
    write(at(b"unwritten", b"partly"), rng.randbytes(3 * block), 50 * block)
    for name in (b"punched", b"zeroed", b"collapsed", b"inserted", b"tail"):
        write(at(b"unwritten", name), rng.randbytes(200_000))
        sync(at(b"unwritten", name))
    cluster = 64 << 10
    ranges(b"punched", (linux.PUNCH_HOLE | linux.KEEP_SIZE, 50_000, 60_000), (linux.PUNCH_HOLE | linux.KEEP_SIZE, 199_000, 100))
    ranges(b"zeroed", (linux.ZERO_RANGE, 10_000, 100_000), (linux.ZERO_RANGE | linux.KEEP_SIZE, 190_000, 50_000))
    ranges(b"collapsed", (linux.COLLAPSE_RANGE, cluster, cluster))
    ranges(b"inserted", (linux.INSERT_RANGE, cluster, cluster))
    ranges(b"tail", (linux.KEEP_SIZE, 200_000, 100_000))


def mapped():
    path = at(b"mapped")
    write(path, bytes(3 * block + 100))
    with open(path, "r+b") as stream, mmap.mmap(stream.fileno(), 0) as memory:
        memory[block : block + 5] = b"store"
        memory[3 * block + 99 :] = b"!"


def directories():
    make(b"directories")
    deep = at(b"directories", b"deep")
    os.mkdir(deep)
    for i in range(40):
        deep += b"/level-%02d" % i
        os.mkdir(deep)
    write(deep + b"/bottom", b"the bottom")
    make(b"directories", b"indexed")
    for i in range(420):
        write(at(b"directories", b"indexed", b"%06d-" % i + b"n" * (i % 97)), b"" if i % 5 else b"x")
    for i in range(0, 420, 3):
        os.unlink(at(b"directories", b"indexed", b"%06d-" % i + b"n" * (i % 97)))
    for count in range(12):
        make(b"directories", b"with-%d" % count)
        for i in range(count):
            os.mkdir(at(b"directories", b"with-%d" % count, b"sub%d" % i))
    make(b"directories", b"emptied")
    for i in range(300):
        write(at(b"directories", b"emptied", b"gone-%d" % i), b"")
    for i in range(300):
        os.unlink(at(b"directories", b"emptied", b"gone-%d" % i))
    make(b"directories", b"to-move")
    write(at(b"directories", b"to-move", b"inside"), b"moves with it")
    make(b"directories", b"many-links")
    for i in range(70):
        os.mkdir(at(b"directories", b"many-links", b"%d" % i))


def names():
    make(b"names")
    for name in (b"a", b"n" * 255, b"\xff\xfe\x80", b"caf\xe9", "gr\u00fc\u00dfe".encode(), "gru\u0308\u00dfe".encode(), b" both ends ", b"new\nline",
                 b"\x01\x7f", b"-dash", b"q'\"\\", b"...", b"..x", b"Case", b"case", b"*?[", "\u96f2".encode() * 85):
        write(at(b"names", name), name)


def links():
    make(b"links")
    write(at(b"links", b"original"), b"linked")
    for i in range(4):
        os.link(at(b"links", b"original"), at(b"links", b"hard-%d" % i))
    os.link(at(b"links", b"original"), at(b"names", b"hard"))
    for length in (1, 58, 59, 60, 61, 150, 160, 255, 500, 1000, 1022, 1023, 2000, 2047, 4000, 4094, 4095):
        if plain and length > 1000:
            continue
        attempt("long symlink", os.symlink, b"t" * length, at(b"links", b"soft-%d" % length))
    os.symlink(b"../sizes/1", at(b"links", b"relative"))
    os.symlink(b"/etc/passwd", at(b"links", b"absolute"))
    os.symlink(b"\xff\xfe\n\x01", at(b"links", b"bytes"))
    os.symlink(b".", at(b"links", b"loop"))
    os.lchown(at(b"links", b"soft-60"), 7, 8)
    os.utime(at(b"links", b"soft-60"), ns=(1, 1234567890123456789), follow_symlinks=False)
    os.link(at(b"links", b"soft-60"), at(b"links", b"soft-60-hard"), follow_symlinks=False)


def special():
    make(b"special")
    for major, minor in ((1, 3), (8, 0), (255, 255), (8, 256), (300, 5), (4095, 1048575), (0, 0)):
        os.mknod(at(b"special", b"c%d-%d" % (major, minor)), stat.S_IFCHR | 0o640, os.makedev(major, minor))
        os.mknod(at(b"special", b"b%d-%d" % (major, minor)), stat.S_IFBLK | 0o600, os.makedev(major, minor))
    os.mkfifo(at(b"special", b"fifo"))
    os.link(at(b"special", b"fifo"), at(b"special", b"fifo-hard"))
    here = os.open(".", os.O_RDONLY)
    os.chdir(at(b"special"))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
    os.fchdir(here)
    os.close(here)


def attributes():
    make(b"attributes")
    for i, (uid, gid) in enumerate(((1000, 100), (65534, 65535), (65536, 70000), (2**31, 2**32 - 2))):
        write(at(b"attributes", b"owner-%d" % i), b"o")
        os.chown(at(b"attributes", b"owner-%d" % i), uid, gid)
    for mode in (0o0, 0o777, 0o4755, 0o2755, 0o1777, 0o6711, 0o7777):
        write(at(b"attributes", b"mode-%o" % mode), b"m")
        os.chmod(at(b"attributes", b"mode-%o" % mode), mode)
        make(b"attributes", b"directory-%o" % mode)
        os.chmod(at(b"attributes", b"directory-%o" % mode), mode)


def flags():
    make(b"flags")
    for name, bits in ((b"append", linux.APPEND), (b"immutable", linux.IMMUTABLE), (b"nodump", linux.NODUMP), (b"sync", linux.SYNC),
                       (b"noatime", linux.NOATIME), (b"journal", linux.JOURNAL_DATA), (b"notail", linux.NOTAIL), (b"secrm", linux.SECRM | linux.UNRM),
                       (b"directory-dirsync", linux.DIRSYNC), (b"directory-topdir", linux.TOPDIR), (b"directory-nodump", linux.NODUMP),
                       (b"directory-append", linux.APPEND), (b"directory-immutable", linux.IMMUTABLE)):
        if name.startswith(b"directory"):
            make(b"flags", name)
            write(at(b"flags", name, b"inside"), b"i")
        else:
            write(at(b"flags", name), name)
        os.utime(at(b"flags", name), ns=(0, 987654321987654321))
        attempt("flag", lambda: linux.set_flags(at(b"flags", name), linux.flags(at(b"flags", name)) | bits))
    for name, number in ((b"project-4242", 4242), (b"project-max", 2**32 - 2)):
        write(at(b"flags", name), b"p")
        attempt("project", linux.set_project, at(b"flags", name), number)
    make(b"flags", b"project-directory")
    if attempt("project", linux.set_project, at(b"flags", b"project-directory"), 77):
        attempt("project", lambda: linux.set_flags(at(b"flags", b"project-directory"), linux.flags(at(b"flags", b"project-directory")) | linux.PROJINHERIT))
    write(at(b"flags", b"project-directory", b"inherits"), b"p")


def xattrs():
    make(b"xattrs")

    def put(name, key, value):
        if plain and len(value) > 400:
            return
        path = at(b"xattrs", name)
        if not os.path.lexists(path):
            write(path, b"x")
        attempt("xattr", os.setxattr, path, key, value, follow_symlinks=False)

    some = linux.acl((1, 7), (2, 5, 1001), (2, 6, 70000), (4, 5), (8, 4, 100), (16, 7), (32, 4))
    for i in range(6):
        put(b"small-%d" % i, b"user.small", b"value %d" % i)
        put(b"shared-%d" % i, b"user.shared", b"the same for all" * 20)
    for size in (0, 1, 40, 100, 300, 700, 900, 1900, 3500, 3900, 10000, 60000):
        put(b"value-%d" % size, b"user.value", rng.randbytes(size))
    for i in range(8 if plain else 30):
        put(b"lots", b"user.attribute-%d" % i, rng.randbytes(i))
    for key, value in ((b"user.u", b"1"), (b"trusted.t", b"2"), (b"security.s", b"3"), (b"user." + b"n" * 250, b"4"), (b"user.\xff\x80", b"5"), (b"user.zero", b"\0\0")):
        put(b"kinds", key, value)
    put(b"capable", b"security.capability", struct.pack("<IIIII", 0x02000001, 0x2000, 0, 0, 0))
    put(b"capable-in-namespace", b"security.capability", struct.pack("<IIIIII", 0x03000001, 0x2000, 0, 0, 0, 1000))
    put(b"acl", b"system.posix_acl_access", some)
    put(b"acl-and-more", b"system.posix_acl_access", some)
    put(b"acl-and-more", b"user.more", b"m" * 200)
    put(b"acl-and-more", b"security.capability", struct.pack("<IIIII", 0x02000000, 0x1, 0, 0, 0))
    make(b"xattrs", b"acl-directory")
    put(b"acl-directory", b"system.posix_acl_default", some)
    put(b"acl-directory", b"system.posix_acl_access", linux.acl((1, 7), (2, 0, 5), (4, 0), (16, 0), (32, 0)))
    write(at(b"xattrs", b"acl-directory", b"inherits"), b"i")
    make(b"xattrs", b"acl-directory", b"inherits-too")
    os.symlink(b"nowhere", at(b"xattrs", b"link"))
    put(b"link", b"trusted.on-link", b"l")
    for name in (b"fifo", b"c1-3", b"socket"):
        attempt("xattr", os.setxattr, at(b"special", name), b"trusted.on-special", b"s", follow_symlinks=False)


def times():
    make(b"times")
    for i, seconds in enumerate((-(2**31), -86400, -1, 0, 1, 2**31 - 1, 2**31, 2**32, 2**33 + 5, 15032385535)):
        for j, nanos in enumerate((0, 1, 123456789, 999999999)):
            kind = (i + j) % 3
            path = at(b"times", b"%d-%d" % (i, j))
            if kind == 0:
                write(path, b"t")
            elif kind == 1:
                os.mkdir(path)
            else:
                os.symlink(b"t", path)
            os.utime(path, ns=(0, seconds * 10**9 + nanos), follow_symlinks=False)
    os.utime(at(b"directories", b"with-3"), ns=(0, -5 * 10**9 + 5))


sizes()
sparse()
directories()
names()
links()
special()
attributes()
if not plain:
    unwritten()
    mapped()
    flags()
xattrs()
times()
print("left out: " + (", ".join("%d %s" % (n, what) for what, n in sorted(left_out.items())) or "nothing"))
