package dev.varve.fs;

import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import java.util.List;

/**
 * What a file system says of itself.
 *
 * @param type {@code ext2}, {@code ext3}, {@code ext4}, {@code xfs}
 * @param uuid as text, 8-4-4-4-12
 * @param deviceBytes size of the device, at least blockSize × blockCount
 * @param created when it was made, to know a lineage by
 * @param lastWritten last write of the superblock (ext: s_wtime), which a freeze sets
 * @param clean nothing had to be replayed
 * @param lastChecked last repair or check by a program (ext: s_lastcheck), which may have changed inodes without a trace in them
 * @param errors the file system knows itself to be damaged (ext: EXT2_ERROR_FS of s_state)
 * @param inodeCount highest inode number
 * @param features the kernel's names of the features in use
 */
public record VolumeInfo(
        String type,
        String uuid,
        ByteString label,
        int blockSize,
        long blockCount,
        long deviceBytes,
        Timestamp created,
        Timestamp lastWritten,
        int mountCount,
        boolean clean,
        Timestamp lastChecked,
        boolean errors,
        long rootInode,
        long inodeCount,
        long freeInodes,
        long freeBlocks,
        List<String> features) {
    public VolumeInfo {
        features = List.copyOf(features);
    }
}
