package dev.varve.fs;

import java.io.IOException;

/** A sequential pass over the inode tables. Not thread safe. */
public interface InodeScan {
    /** The next inode in use, or null at the end. A damaged one is returned with {@link VolumeInode#damage} set. */
    VolumeInode next() throws IOException;

    /** Bytes of inode tables read so far. */
    long bytesRead();
}
