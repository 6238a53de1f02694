package dev.varve.snapshot;

import dev.varve.fs.VolumeInfo;
import dev.varve.model.ByteString;

/**
 * One volume of a snapshot, as its manifest keeps it.
 *
 * @param name stem of the image's file name ({@code vg0-root}), unique in the snapshot
 * @param source where it was read from, as the user named it
 * @param mountPoint absolute path at which it joins the tree; for a raw volume only a label
 * @param info what the file system said of itself; type {@code raw} when it was not read as files
 * @param inodes index from page number to inode page (an {@link IndexReader}'s content); null for a raw volume
 * @param image index from region number to image region, or, for a raw volume, the content itself
 * @param statistics of the backup of this volume
 */
public record VolumeRecord(
        String name,
        String source,
        ByteString mountPoint,
        VolumeInfo info,
        Content inodes,
        Content image,
        VolumeStatistics statistics) {
    /** {@link VolumeInfo#type} of a volume that is kept as an image only. */
    public static final String RAW = "raw";

    public boolean isRaw() {
        return inodes == null;
    }
}
