package dev.varve.snapshot;

/**
 * What a backup did with a volume.
 *
 * @param inodes in the tree
 * @param regularFiles among them
 * @param contentBytes sum of the sizes of regular files (holes included)
 * @param readBytes read from the device
 * @param skippedBytes of content taken over from the previous snapshot without reading (holes not counted)
 * @param newBytes plaintext of chunks that were not in the repository
 * @param storedBytes bytes written to packs for them
 * @param unreadable inodes or blocks that could not be read
 * @param proofCursor where the rotating re-read goes on next time (inode number)
 */
public record VolumeStatistics(
        long inodes,
        long regularFiles,
        long contentBytes,
        long readBytes,
        long skippedBytes,
        long newBytes,
        long storedBytes,
        long unreadable,
        long proofCursor) {}
