package dev.varve.backup;

import dev.varve.fs.VolumeInfo;
import dev.varve.model.NoSpaceException;
import java.util.List;

/**
 * Says early that a backup can't fit. It must not refuse what would: how much a volume compresses and shares is known only
 * afterwards, so a first backup is asked to have room for a tenth of what is allocated, and a later one for a margin.
 */
final class SpaceCheck {
    private static final long FIRST_SHARE = 10;
    private static final long MARGIN_SHARE = 8;
    private static final long MARGIN_BYTES = 16 << 20;

    private SpaceCheck() {}

    /**
     * @param place of the repository, for the message
     * @param usableBytes there; −1 when that can't be known
     * @param volumes those with a file system
     * @param isFirst whether the repository holds nothing yet that the backup could share
     * @throws NoSpaceException saying how much is missing
     */
    static void require(String place, long usableBytes, List<VolumeInfo> volumes, boolean isFirst)
            throws NoSpaceException {
        long wanted = 0;
        for (VolumeInfo volume : volumes) {
            long allocated = Math.max(0, volume.blockCount() - volume.freeBlocks()) * volume.blockSize();
            wanted += isFirst ? allocated / FIRST_SHARE : Math.min(MARGIN_BYTES, allocated / MARGIN_SHARE);
        }
        if (usableBytes >= 0 && usableBytes < wanted) {
            throw new NoSpaceException(
                    place + ": disk full: " + wanted + " bytes wanted at least for this backup, " + usableBytes
                            + " bytes free, so " + (wanted - usableBytes)
                            + " are missing; free some there, or varve forget old snapshots and varve prune",
                    null);
        }
    }
}
