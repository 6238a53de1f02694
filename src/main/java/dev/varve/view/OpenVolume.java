package dev.varve.view;

import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import java.io.IOException;

/**
 * A volume as it stands in a joined snapshot.
 *
 * @param place among the volumes of the snapshot, for {@link InodeNumbers}
 */
record OpenVolume(StoredVolume stored, int place) {
    /** The inode number as the mount shows it. */
    long show(long inode) {
        return InodeNumbers.ofVolume(place, inode);
    }

    /** @param joins what is mounted below the inode's path, or null */
    ViewNode node(StoredInode inode, JoinPoint joins) throws IOException {
        return inode.directory() != null ? VolumeDirectory.of(this, inode, joins) : new VolumeFile(this, inode);
    }
}
