"""Compares an image that was backed up and given back with its original, block by block:

  image.py ORIGINAL FOUND [CRASHED]

Every allocated block must be the same; but the clean journal's body, and blocks of unwritten extents, read as zeros, and so
do free blocks. With CRASHED, ORIGINAL is a copy of that crashed volume whose journal e2fsck has replayed; it also writes fields
of the superblock, copies of descriptors and the multi-mount block, which then may be as they were. Free blocks are those that
dumpe2fs calls free. Prints differences, exit 1.
"""
import errno, os, re, subprocess, sys

# Of the superblock: counts (recomputed), s_wtime, mount count, state, last check, error fields, kbytes written, checksum.
RECOVERED_SUPERBLOCK = [(0x0C, 0x14), (0x2C, 0x3C), (0x40, 0x44), (0x60, 0x68), (0x158, 0x15C), (0x178, 0x180), (0x274, 0x278), (0x3FC, 0x400)]


STEP = 1 << 20


class Image:
    """Reads bytes of an image; not mapped, since reading a hole through a map gives it memory."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self.fd).st_size

    def __getitem__(self, bounds):
        first, end = bounds.start or 0, min(bounds.stop, self.size)
        return os.pread(self.fd, end - first, first) if end > first else b""

    def is_zero(self, first, end):
        while first < end:
            try:
                first = os.lseek(self.fd, first, os.SEEK_DATA)
            except OSError as e:
                if e.errno == errno.ENXIO:
                    return True
                raise
            if first < end and self[first : min(end, first + STEP)].strip(b"\0"):
                return False
            first += STEP
        return True


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode("latin-1")


class Original:
    def __init__(self, path):
        self.path = path
        said = run("dumpe2fs", path)
        self.block = int(re.search(r"^Block size: +(\d+)", said, re.M)[1])
        self.count = int(re.search(r"^Block count: +(\d+)", said, re.M)[1])
        # Of a run of free clusters it says the first block of the last.
        cluster = re.search(r"^Cluster size: +(\d+)", said, re.M)
        ratio = int(cluster[1]) // self.block if cluster else 1
        self.free = []
        for line in re.findall(r"^  Free blocks: (.+)$", said, re.M):
            for first, last in re.findall(r"(\d+)(?:-(\d+))?", line):
                self.free.append((int(first), min(self.count, int(last or first) + ratio)))
        self.free.sort()
        self.copies = {int(b) for b in re.findall(r"^MMP block number: +(\d+)", said, re.M)}
        # With meta_bg: of a meta group's descriptors the first group has the one that counts.
        descriptor = re.search(r"^Group descriptor size: +(\d+)", said, re.M)
        per_block = self.block // (int(descriptor[1]) if descriptor else 32)
        for group, at in re.findall(r"^Group (\d+): [^\n]*\n[^\n]*Group descriptor at (\d+)", said, re.M):
            if int(group) % per_block:
                self.copies.add(int(at))
        journal = re.search(r"^Journal inode: +(\d+)", said, re.M)
        self.journal = sorted(self.map(journal[1], False)) if journal else []

    def map(self, inode, unwritten_only):
        """The data blocks of an inode, without those that map them."""
        said = run("debugfs", "-R", "stat <%s>" % inode, self.path)
        blocks = set()
        listed = re.split(r"^(?:BLOCKS|EXTENTS):$", said, flags=re.M)
        for mark, first, last in re.findall(r"\(\d+(?:-\d+)?(\[u\])?\):(\d+)(?:-(\d+))?", listed[-1] if len(listed) > 1 else ""):
            if mark or not unwritten_only:
                blocks.update(range(int(first), int(last or first) + 1))
        return blocks

    def unwritten(self, blocks):
        """Those of the blocks that lie in unwritten extents."""
        inodes = set()
        ordered = sorted(blocks)
        for i in range(0, len(ordered), 500):
            said = run("debugfs", "-R", "icheck " + " ".join(map(str, ordered[i : i + 500])), self.path)
            inodes.update(re.findall(r"^\d+\t(\d+)$", said, re.M))
        found = set()
        for inode in inodes:
            found |= self.map(inode, True)
        return blocks & found


def superblock_differs(a, b, allowed):
    for first, end in allowed:
        a, b = a[:first] + bytes(end - first) + a[end:], b[:first] + bytes(end - first) + b[end:]
    return [i for i in range(len(a)) if a[i] != b[i]]


def main():
    original = Original(sys.argv[1])
    crashed = Image(sys.argv[3]) if len(sys.argv) > 3 else None
    expected, found = Image(sys.argv[1]), Image(sys.argv[2])
    if expected.size != found.size:
        return ["%d bytes instead of %d" % (found.size, expected.size)]
    if crashed:
        differ = superblock_differs(expected[1024:2048], found[1024:2048], RECOVERED_SUPERBLOCK)
        if differ:
            return ["superblock differs at " + " ".join("0x%x" % i for i in differ)]
    size, wrong, not_zero = original.block, set(), []
    position = 0
    for first, end in original.free + [(original.count, original.count)]:
        wrong |= differing(expected, found, position * size, first * size, size)
        if not found.is_zero(first * size, end * size):
            not_zero.append("free block of %d-%d is not zero" % (first, end - 1))
        position = end
    # Behind the last block of the file system no bitmap says anything: all of it counts.
    wrong |= differing(expected, found, original.count * size, expected.size, size)
    if crashed and found[:1024] == expected[:1024] and found[2048 : max(size, 2048)] == expected[2048 : max(size, 2048)]:
        wrong.discard(1024 // size)
    journal = set(original.journal)
    if not crashed and original.journal:
        journal -= set(original.map("8", False) & {first_of(original, expected)})
    wrong -= journal
    if crashed:
        wrong -= {b for b in wrong & original.copies if found[b * size : (b + 1) * size] == crashed[b * size : (b + 1) * size]}
    if wrong:
        zeros = {b for b in wrong if found.is_zero(b * size, (b + 1) * size)}
        wrong -= original.unwritten(zeros)
    return not_zero + ["block %d differs from byte %d on" % (b, first_difference(expected, found, b * size, size)) for b in sorted(wrong)]


def first_difference(a, b, at, size):
    one, other = a[at : at + size], b[at : at + size]
    return next(i for i in range(size) if one[i : i + 1] != other[i : i + 1])


def first_of(original, image):
    """The journal's superblock: the block of it that begins with the journal's magic and says so (type 3 or 4)."""
    for block in original.journal:
        head = image[block * original.block : block * original.block + 8]
        if head in (b"\xc0\x3b\x39\x98\0\0\0\3", b"\xc0\x3b\x39\x98\0\0\0\4"):
            return block
    raise ValueError("no superblock in the journal")


def differing(a, b, start, end, size):
    blocks = set()
    for at in range(start, end, STEP):
        stop = min(end, at + STEP)
        if a[at:stop] != b[at:stop]:
            for one in range(at, stop, size):
                if a[one : min(stop, one + size)] != b[one : min(stop, one + size)]:
                    blocks.add(one // size)
    return blocks


problems = main()
for problem in problems[:5]:
    print(problem)
if len(problems) > 5:
    print("... %d differences in all" % len(problems))
sys.exit(1 if problems else 0)
