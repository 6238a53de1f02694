"""Changes what fill.py made:  change.py DIRECTORY 1|2|busy

1 and 2 are two nights' changes of every kind. "busy" writes, renames and deletes in DIRECTORY/busy until it is killed or the
file system is gone: what runs while a copy is taken.
"""
import errno, mmap, os, random, stat, subprocess, sys
import linux

root = os.fsencode(sys.argv[1])
block = os.statvfs(root).f_bsize
rng = random.Random(sys.argv[2])
NOT_HERE = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOTTY, errno.ENOSPC, errno.ENOENT)


def at(*names):
    return b"/".join((root,) + names)


def write(path, data, offset=None):
    """At an offset, or behind the end."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.pwrite(fd, data, os.fstat(fd).st_size if offset is None else offset)
    finally:
        os.close(fd)


def attempt(action, *arguments, **named):
    try:
        action(*arguments, **named)
    except OSError as e:
        if e.errno not in NOT_HERE:
            raise


def keeping_mtime(path, action, *arguments):
    before = os.lstat(path)
    action(path, *arguments)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns), follow_symlinks=False)


def reuse_inodes(night):
    """Deletes a file and makes others until one has its inode number."""
    victim = at(b"sizes", b"many-%03d" % (10 * night))
    number, size = os.lstat(victim).st_ino, os.lstat(victim).st_size
    os.unlink(victim)
    os.mkdir(at(b"reuse-%d" % night))
    for i in range(40):
        path = at(b"sizes", b"reuse-%d-%d" % (night, i))
        write(path, rng.randbytes(size), 0)
        if os.lstat(path).st_ino == number:
            return
    print("inode %d was not used again" % number)


def first_night():
    write(at(b"sizes", b"4097"), b"appended")
    write(at(b"sizes", b"two-megabytes"), rng.randbytes(50_000))
    keeping_mtime(at(b"sizes", b"65536"), write, b"overwritten in place", 30_000)
    keeping_mtime(at(b"sizes", b"60"), write, b"!", 59)
    keeping_mtime(at(b"sizes", b"1"), write, b"!", 0)
    os.rename(at(b"sizes", b"1024"), at(b"sizes", b"renamed"))
    os.rename(at(b"sizes", b"many-001"), at(b"sizes", b"many-002"))
    os.rename(at(b"directories", b"to-move"), at(b"links", b"moved"))
    os.rename(at(b"directories", b"deep"), at(b"deep"))
    reuse_inodes(1)
    os.chmod(at(b"sizes", b"61"), 0o600)
    os.chmod(at(b"attributes", b"mode-4755"), 0o755)
    os.chown(at(b"sizes", b"many-003"), 5, 6)
    os.lchown(at(b"links", b"soft-59"), 5, 6)
    attempt(os.setxattr, at(b"sizes", b"many-004"), b"user.new", b"only an attribute")
    attempt(os.setxattr, at(b"xattrs", b"small-1"), b"user.small", b"another value")
    attempt(os.setxattr, at(b"xattrs", b"value-300"), b"user.value", rng.randbytes(300))
    attempt(os.removexattr, at(b"xattrs", b"small-2"), b"user.small")
    attempt(os.setxattr, at(b"xattrs", b"shared-3"), b"user.shared", b"no longer the same" * 20)
    attempt(os.setxattr, at(b"xattrs", b"acl"), b"system.posix_acl_access", linux.acl((1, 6), (2, 4, 7), (4, 4), (16, 4), (32, 0)))
    attempt(os.setxattr, at(b"sizes", b"many-005"), b"system.posix_acl_access", linux.acl((1, 6), (2, 4, 7), (4, 4), (16, 4), (32, 0)))
    attempt(os.removexattr, at(b"xattrs", b"acl-directory"), b"system.posix_acl_default")
    os.link(at(b"sizes", b"many-006"), at(b"links", b"new-hard-link"))
    os.unlink(at(b"links", b"hard-2"))
    os.truncate(at(b"sizes", b"300001"), 100_000)
    os.truncate(at(b"sizes", b"8192"), 0)
    os.truncate(at(b"sparse", b"hole-last"), 900_000)
    if os.path.exists(at(b"unwritten")):
        hole = linux.PUNCH_HOLE | linux.KEEP_SIZE
        attempt(linux.fallocate, at(b"sizes", b"two-megabytes"), hole, 1 << 20, 1 << 18)
        attempt(linux.fallocate, at(b"unwritten", b"zeroed"), linux.COLLAPSE_RANGE, 0, 64 << 10)
        attempt(linux.fallocate, at(b"unwritten", b"punched"), linux.INSERT_RANGE, 64 << 10, 64 << 10)
        attempt(linux.fallocate, at(b"unwritten", b"tail"), linux.ZERO_RANGE, 1000, 150_000)
        keeping_mtime(at(b"unwritten", b"all"), write, b"no longer unwritten", 5000)
    mapped = at(b"sizes", b"two-megabytes-again")
    before = os.lstat(mapped)
    with open(mapped, "r+b") as stream, mmap.mmap(stream.fileno(), 0) as memory:
        memory[1_234_567 : 1_234_572] = b"store"
        memory.flush()
    os.utime(mapped, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.unlink(at(b"links", b"relative"))
    os.symlink(b"../sizes/0", at(b"links", b"relative"))
    os.unlink(at(b"links", b"soft-58"))
    os.symlink(b"u" * 58, at(b"links", b"soft-58"))
    os.unlink(at(b"special", b"c1-3"))
    os.mknod(at(b"special", b"c1-3"), stat.S_IFCHR | 0o666, os.makedev(1, 5))
    for i in range(1, 420, 9):
        path = at(b"directories", b"indexed", b"%06d-" % i + b"n" * (i % 97))
        if os.path.exists(path):
            os.unlink(path)
    os.rmdir(at(b"directories", b"emptied"))
    os.mkdir(at(b"new"))
    for i in range(30):
        write(at(b"new", b"file-%d" % i), rng.randbytes(rng.randrange(5000)), 0)
    write(at(b"new", b"copy"), open(at(b"sizes", b"two-megabytes"), "rb").read(), 0)
    # A file becomes a directory, and a directory a file, each under its old name.
    os.unlink(at(b"sizes", b"100"))
    os.mkdir(at(b"sizes", b"100"))
    os.rmdir(at(b"directories", b"with-0"))
    write(at(b"directories", b"with-0"), b"was a directory", 0)
    os.utime(at(b"directories", b"with-5"), ns=(0, 10**18 + 1))


def second_night():
    for i in range(0, 30, 2):
        os.unlink(at(b"new", b"file-%d" % i))
    write(at(b"sizes", b"two-megabytes"), rng.randbytes(10), 0)
    keeping_mtime(at(b"sparse", b"comb"), write, b"between the teeth", 3 * block)
    keeping_mtime(at(b"sparse", b"scattered"), write, b"z" * 3000, 1_000_000)
    os.rename(at(b"links", b"moved"), at(b"directories", b"to-move"))
    os.rename(at(b"sizes", b"renamed"), at(b"sizes", b"1024"))
    reuse_inodes(2)
    os.truncate(at(b"sizes", b"300001"), 300_001)
    for i in range(6):
        attempt(os.removexattr, at(b"xattrs", b"shared-%d" % i), b"user.shared")
    attempt(os.setxattr, at(b"xattrs", b"acl-directory"), b"system.posix_acl_default", linux.acl((1, 7), (4, 5), (32, 5)))
    for i in range(420, 700):
        write(at(b"directories", b"indexed", b"%06d-" % i + b"m" * (i % 97)), b"", 0)
    for i in range(70):
        os.rmdir(at(b"directories", b"many-links", b"%d" % i))
    if os.path.exists(at(b"flags")):
        for name in (b"immutable", b"append", b"nodump"):
            linux.set_flags(at(b"flags", name), linux.flags(at(b"flags", name)) & ~linux.USER_FLAGS)
        os.unlink(at(b"flags", b"immutable"))
        attempt(linux.set_project, at(b"flags", b"project-4242"), 4243)
        attempt(linux.set_flags, at(b"sizes", b"many-007"), linux.flags(at(b"sizes", b"many-007")) | linux.NODUMP)
    linux.sync(root)
    subprocess.run(["e4defrag", at(b"sparse", b"comb"), at(b"sizes", b"two-megabytes"), at(b"unwritten", b"punched")],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def busy():
    os.makedirs(at(b"busy"), exist_ok=True)
    there = sorted(os.listdir(at(b"busy")))
    while True:
        what, number = rng.randrange(9), rng.randrange(10**6)
        path = at(b"busy", there[number % len(there)]) if there else None
        if path is None or what < 3 and len(there) < 60:
            there.append(b"%06d" % number)
            write(at(b"busy", there[-1]), rng.randbytes(rng.randrange(40_000)), 0)
        elif what == 3:
            write(path, rng.randbytes(rng.randrange(20_000)), 0)
        elif what == 4:
            write(path, rng.randbytes(100))
        elif what == 5:
            os.truncate(path, rng.randrange(os.lstat(path).st_size + 1000))
        elif what == 6:
            os.rename(path, at(b"busy", b"renamed-%06d" % number))
            there[there.index(os.path.basename(path))] = b"renamed-%06d" % number
        elif what == 7:
            there.remove(os.path.basename(path))
            os.unlink(path)
        else:
            linux.with_fd(path, os.fsync)


if sys.argv[2] == "busy":
    try:
        busy()
    except OSError as e:
        # The file system was shut down, or unmounted.
        if e.errno not in (errno.EIO, errno.ENOENT, errno.EROFS, 117):
            raise
else:
    {"1": first_night, "2": second_night}[sys.argv[2]]()
