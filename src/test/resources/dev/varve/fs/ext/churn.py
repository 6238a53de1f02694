"""Changes a mounted volume at random, as a busy machine does. Arguments: directory, seed, rounds. Ends without a sync."""
import os, random, shutil, sys

root, rng, rounds = os.fsencode(sys.argv[1]), random.Random(int(sys.argv[2])), int(sys.argv[3])
MAGIC = b"\xc0\x3b\x39\x98"


def sync():
    fd = os.open(root, os.O_RDONLY)
    try:
        os.sync() if rng.random() < 0.01 else os.fsync(fd)
    finally:
        os.close(fd)


for n in range(rounds):
    name = root + b"/churn%d" % rng.randrange(12)
    if os.path.isdir(name):
        shutil.rmtree(name)  # directory blocks that are freed leave revokes
        for i in range(rng.randrange(20)):
            with open(root + b"/data%d" % i, "wb") as f:
                f.write(rng.choice((MAGIC, b"")) + rng.randbytes(rng.randrange(20000)))
    else:
        os.mkdir(name)
        for i in range(rng.randrange(60)):
            with open(name + b"/%d-%s" % (i, b"n" * rng.randrange(40)), "wb") as f:
                f.write(rng.choice((MAGIC, b"")) + rng.randbytes(rng.randrange(6000)))
            if rng.random() < 0.2:
                os.setxattr(f.name, b"user.x", rng.randbytes(rng.randrange(300)))
    if rng.random() < 0.5:
        sync()
sync()
for i in range(5):
    with open(root + b"/lost%d" % i, "wb") as f:
        f.write(b"not synced")
