"""Says all that a mounted tree holds, and compares two such sayings.

  tree.py describe DIRECTORY            one line each name, to stdout
  tree.py compare EXPECTED DIRECTORY VIEW   EXPECTED: a file that describe wrote. VIEW: kernel (all must be equal), mount (all but
                                        what only an ioctl on ext4 says; inode numbers may have a volume's place in their upper
                                        16 bits), files (what a restore can give back), or files-without-projects (what it can
                                        where the kernel keeps no project ids). Prints differences, exit 1 if any

Content is hashed in pieces of 64 KiB, so that a difference has an offset; of a file over 64 MiB, only the pieces at its ends
and at each power of two. Needs root.
"""
import hashlib, json, os, stat, sys
import linux

UNIT, PIECE, WHOLE = 4 << 10, 64 << 10, 64 << 20
ZEROS = bytes(PIECE)
INODE = (1 << 48) - 1
OF_A_RESTORE = ("type", "mode", "uid", "gid", "mtime", "rdev", "xattrs", "target", "content", "twins", "flags", "project")


def pieces(size):
    if size <= WHOLE:
        return range(0, size, PIECE)
    edges = {0, (size - 1) // PIECE * PIECE} | {1 << n for n in range(16, size.bit_length())}
    return sorted(e for e in edges if e < size)


def content(path, size):
    """Offset and hash of each piece that is not all zeros; and how much of it is not, in units of 4 KiB."""
    found, units = [], 0
    with open(path, "rb", buffering=0) as stream:
        for offset in pieces(size):
            data = os.pread(stream.fileno(), PIECE, offset)
            if len(data) != min(PIECE, size - offset):
                found.append([offset, "short: %d" % len(data)])
            elif data != ZEROS[: len(data)]:
                found.append([offset, hashlib.blake2b(data, digest_size=8).hexdigest()])
                units += sum(data.count(0, i, i + UNIT) != min(UNIT, len(data) - i) for i in range(0, len(data), UNIT))
        if size and os.pread(stream.fileno(), 1, size) != b"":
            found.append([size, "more"])
    return found, units


def describe(path):
    s = os.lstat(path)
    said = {"type": stat.S_IFMT(s.st_mode), "mode": "%o" % stat.S_IMODE(s.st_mode), "uid": s.st_uid, "gid": s.st_gid, "size": s.st_size,
            "blocks": s.st_blocks, "ino": s.st_ino, "nlink": s.st_nlink, "mtime": s.st_mtime_ns, "ctime": s.st_ctime_ns,
            "rdev": s.st_rdev if stat.S_ISCHR(s.st_mode) or stat.S_ISBLK(s.st_mode) else 0}
    names = sorted(os.fsencode(n) for n in os.listxattr(path, follow_symlinks=False))
    said["xattrs"] = {n.decode("latin-1"): os.getxattr(path, n, follow_symlinks=False).hex() for n in names}
    if stat.S_ISLNK(s.st_mode):
        said["target"] = os.readlink(path).decode("latin-1")
    if stat.S_ISREG(s.st_mode):
        said["content"], said["units"] = content(path, s.st_size)
    if stat.S_ISREG(s.st_mode) or stat.S_ISDIR(s.st_mode):
        try:
            said["flags"], said["generation"], said["project"] = linux.flags(path), linux.generation(path), linux.project(path)
        except OSError:
            pass  # not on a FUSE file system
    birth = linux.birth(path)
    said["birth"] = list(birth) if birth else None
    return said


def walk(top):
    pending = [b""]
    while pending:
        relative = pending.pop()
        path = top + relative
        said = describe(path)
        yield relative.decode("latin-1") or "/", said
        if said["type"] == stat.S_IFDIR:
            pending += [relative + b"/" + n for n in os.listdir(path)]


def load(file):
    with open(file, encoding="ascii") as lines:
        return with_twins(dict(json.loads(line) for line in lines))


def with_twins(tree):
    """Adds to each name those that are the same inode."""
    groups = {}
    for path in sorted(tree):
        groups.setdefault(tree[path]["ino"], []).append(path)
    for path, said in tree.items():
        said["twins"] = groups[said["ino"]] if said["type"] != stat.S_IFDIR else []
    return tree


def differences(expected, found, view):
    for path in sorted(expected.keys() | found.keys()):
        if path not in found or path not in expected:
            yield "%s: %s" % (path, "missing" if path in expected else "not expected")
            continue
        e, f = expected[path], found[path]
        for field in sorted(e.keys() | f.keys()):
            a, b = e.get(field), f.get(field)
            if view == "mount" and field in ("flags", "generation", "project", "birth"):
                continue
            if view == "mount" and field == "ino":
                a, b = a & INODE, b & INODE
            if view == "files-without-projects" and field == "project":
                continue
            if view.startswith("files"):
                if field == "size" and e["type"] == stat.S_IFREG:
                    pass
                elif field == "blocks" and e["type"] == stat.S_IFREG:
                    # A hole stays a hole, an unwritten extent becomes one; the restored has blocks of 4 KiB.
                    if b > max(a, 8 * e["units"]) + 64:
                        yield "%s: holes are filled: %d blocks became %d" % (path, a, b)
                    continue
                elif field not in OF_A_RESTORE:
                    continue
                elif field == "flags":
                    a, b = (a or 0) & linux.USER_FLAGS, (b or 0) & linux.USER_FLAGS
            if a != b:
                yield "%s: %s: %s became %s" % (path, field, brief(a, b), brief(b, a))


def brief(value, other):
    if isinstance(value, list) and isinstance(other, list):
        value = [v for v in value if v not in other]
    if isinstance(value, dict) and isinstance(other, dict):
        value = {k: v for k, v in value.items() if other.get(k) != v}
    said = json.dumps(value)
    return said if len(said) < 200 else said[:200] + "..."


def main():
    top = os.fsencode(sys.argv[3 if sys.argv[1] == "compare" else 2])
    if sys.argv[1] == "describe":
        for line in walk(top):
            print(json.dumps(line))
        return 0
    count = 0
    for difference in differences(load(sys.argv[2]), with_twins(dict(walk(top))), sys.argv[4]):
        count += 1
        if count <= 5:
            print(difference.encode("unicode_escape").decode("ascii"))
    if count > 5:
        print("... %d differences in all" % count)
    return 1 if count else 0


sys.exit(main())
