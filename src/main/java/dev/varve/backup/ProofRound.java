package dev.varve.backup;

import dev.varve.snapshot.VolumeStatistics;

/**
 * Picks the unchanged files and directories that are read all the same, to prove the rule right: those from the cursor on, by
 * inode number, until a share of the previous snapshot's files or of its bytes is done (a single file may exceed it; directories
 * on the way come along and count as bytes only). Where the inodes end, the next backup begins anew, so everything has its turn.
 * Not thread safe.
 */
final class ProofRound {
    private final long from;
    private final long maxFiles;
    private final long maxBytes;
    private long files;
    private long bytes;
    private boolean full;
    private long next;

    /**
     * @param heldBytes that are allocated on the volume: a share of them, not of what sparse files seem to hold, is read
     * @param percent of files that are read again in each backup; 0 for none, 100 for all
     */
    ProofRound(VolumeStatistics previous, long heldBytes, double percent) {
        boolean all = percent >= 100;
        from = all ? 0 : previous.proofCursor();
        maxFiles = all ? Long.MAX_VALUE : (long) Math.ceil(previous.regularFiles() * percent / 100);
        maxBytes =
                all ? Long.MAX_VALUE : (long) Math.ceil(Math.min(previous.contentBytes(), heldBytes) * percent / 100);
    }

    /**
     * Whether this file or directory, unchanged by the rule, is to be read. Called by ascending inode number.
     *
     * @param size bytes that reading it takes off the device
     * @param regular a file, no directory
     */
    boolean takes(long inode, long size, boolean regular) {
        if (inode < from || full) {
            return false;
        }
        if (files >= maxFiles || (files > 0 && size > maxBytes - bytes)) {
            full = true;
            next = inode; // a file too large for a round has one for itself
            return false;
        }
        files += regular ? 1 : 0;
        bytes += size;
        return true;
    }

    /** Where the next backup goes on: at the first file that had no room, or anew. */
    long cursor() {
        return full ? next : 0;
    }
}
