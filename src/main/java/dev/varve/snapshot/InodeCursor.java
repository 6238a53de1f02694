package dev.varve.snapshot;

import java.io.IOException;

/** Walks the inodes of a volume by ascending number. Not thread safe. Memory: one page. */
public final class InodeCursor {
    private final StoredVolume volume;
    private InodePage page;
    private long next;
    private boolean ended;

    InodeCursor(StoredVolume volume) {
        this.volume = volume;
    }

    /** Goes on at the first inode whose number is at least {@code number}. */
    public void seek(long number) {
        next = Math.max(0, number);
        page = null;
        ended = false;
    }

    /** The next inode, or null at the end. */
    public StoredInode next() throws IOException {
        while (!ended) {
            if (page == null) {
                long number = volume.nextPage(next / SnapshotFormat.INODES_PER_PAGE);
                if (number < 0) {
                    ended = true;
                    return null;
                }
                page = volume.page(number);
                next = Math.max(next, number * SnapshotFormat.INODES_PER_PAGE);
            }
            long end = (page.number() + 1) * SnapshotFormat.INODES_PER_PAGE;
            while (next < end) {
                StoredInode inode = page.inode((int) (next % SnapshotFormat.INODES_PER_PAGE));
                next++;
                if (inode != null) {
                    return inode;
                }
            }
            page = null;
        }
        return null;
    }
}
