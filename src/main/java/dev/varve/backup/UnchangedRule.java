package dev.varve.backup;

import dev.varve.fs.VolumeInfo;
import dev.varve.fs.VolumeInode;
import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import dev.varve.snapshot.StoredInode;

/**
 * When what the previous snapshot holds of an inode may be taken over without reading it again (docs/format.md knows nothing
 * of it: this decides what is read, not what is stored).
 *
 * <p>The whole volume must be of one lineage that never went back (same file system; superblock time and mount count not
 * smaller), and both snapshots clean: a crash image may hold a new time beside old data, or new data beside an old time.
 * Between them nobody has checked it, and neither knows of errors: a repair may change what an inode holds and leave its times
 * as they were (e2fsck reconnects files into lost+found so). The
 * inode must have the same fingerprint (number, generation, birth time, size, mode, flags, mtime, ctime, i_version,
 * extents), and its times must lie safely before the previous snapshot's freeze, since a second write within one tick of the
 * clock leaves the times as they were.
 */
final class UnchangedRule {
    /** Seconds between the last change and the freeze; more than any kernel's clock tick. */
    private static final long MARGIN_SECONDS = 2;

    private final Timestamp freeze;
    private final String obstacle;

    private UnchangedRule(Timestamp freeze, String obstacle) {
        this.freeze = freeze;
        this.obstacle = obstacle;
    }

    static UnchangedRule between(VolumeInfo previous, VolumeInfo now) {
        return new UnchangedRule(previous.lastWritten(), obstacle(previous, now));
    }

    /** Whether both are states of one file system. */
    static boolean sameLineage(VolumeInfo one, VolumeInfo other) {
        return one.type().equals(other.type())
                && one.uuid().equals(other.uuid())
                && one.created().equals(other.created())
                && one.blockSize() == other.blockSize();
    }

    private static String obstacle(VolumeInfo previous, VolumeInfo now) {
        if (!sameLineage(previous, now)) {
            return "it is another file system";
        }
        if (!previous.clean()) {
            return "the previous snapshot was not clean";
        }
        if (!now.clean()) {
            return "the volume is not clean";
        }
        if (now.lastWritten().compareTo(previous.lastWritten()) < 0) {
            return "it was last written before the previous snapshot was";
        }
        if (Integer.compareUnsigned(now.mountCount(), previous.mountCount()) < 0) {
            return "its mount count went back";
        }
        if (!now.lastChecked().equals(previous.lastChecked())) {
            return "it was checked since, and may have been repaired";
        }
        if (now.errors() || previous.errors()) {
            return "it is marked as having errors: run e2fsck";
        }
        return null;
    }

    /** Why nothing of this volume may be taken over, or null when inodes decide. */
    String obstacle() {
        return obstacle;
    }

    /** Whether what {@code previous} holds is what the inode holds now. */
    boolean holds(VolumeInode inode, ByteString fingerprint, StoredInode previous) {
        return obstacle == null
                && !previous.unreadable()
                && inode.damage() == null
                && inode.attributes().type() == previous.attributes().type()
                && fingerprint.equals(previous.fingerprint())
                && isSettled(inode.attributes().ctime())
                && isSettled(inode.attributes().mtime());
    }

    private boolean isSettled(Timestamp time) {
        return time.seconds() < freeze.seconds() - MARGIN_SECONDS;
    }
}
