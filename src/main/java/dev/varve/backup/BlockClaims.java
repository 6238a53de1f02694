package dev.varve.backup;

import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInfo;
import dev.varve.fs.VolumeInode;
import dev.varve.model.Attributes;
import dev.varve.model.CorruptException;
import java.io.IOException;

/**
 * Finds where the blocks of an inode lie, and counts what all inodes of a volume claim together. On a sound volume a block is
 * one inode's; after damage a few are two's (what e2fsck calls multiply-claimed). A crafted volume can map the same blocks from
 * each of its inodes and so hold petabytes in a small image: beyond {@link #SHARE} times the volume's blocks, inodes count as
 * damaged before their map is read any further. So whatever walks, reads or remembers extents costs no more than that. Not
 * thread safe. Memory: nothing an inode.
 */
final class BlockClaims {
    /** Twice over: room for damage that e2fsck could still mend. */
    static final int SHARE = 2;

    /** Where files share equal blocks (made so by the builders of Android's images) they may well claim more than there are. */
    static final int SHARE_OF_SHARED_BLOCKS = 16;

    private static final String SHARED_BLOCKS = "shared_blocks";

    private final Volume volume;
    private final int blockSize;
    private final long blocks;
    private final long limit;
    private long claimed;

    BlockClaims(Volume volume) {
        this.volume = volume;
        VolumeInfo info = volume.info();
        blockSize = info.blockSize();
        blocks = info.blockCount();
        limit = blocks * (info.features().contains(SHARED_BLOCKS) ? SHARE_OF_SHARED_BLOCKS : SHARE);
    }

    /** The bytes of the device between which blocks lie. */
    record Span(long firstByte, long endByte) {
        static final Span NONE = new Span(0, 0);
    }

    /**
     * Counts the inode's blocks. Called once for each inode. A map that cannot be read is no failure here: whoever reads the
     * inode meets the same.
     *
     * @return where the written ones lie
     * @throws CorruptException if the inodes so far claim more than the volume can be believed to hold
     */
    Span claim(VolumeInode inode) throws CorruptException {
        Attributes attributes = inode.attributes();
        if (!attributes.isRegular() && !attributes.isDirectory() && !attributes.isSymlink()) {
            return Span.NONE;
        }
        long[] range = {Long.MAX_VALUE, 0};
        try {
            volume.extents(inode, (logical, physical, count, unwritten) -> {
                claimed += count;
                if (claimed > limit) {
                    throw exhausted();
                }
                if (!unwritten) {
                    range[0] = Math.min(range[0], physical);
                    range[1] = Math.max(range[1], physical + count);
                }
            });
        } catch (IOException e) {
            if (claimed > limit) {
                claimed = limit; // and any further block is one too many
                throw exhausted();
            }
            return Span.NONE;
        }
        return range[1] > range[0] ? new Span(range[0] * blockSize, range[1] * blockSize) : Span.NONE;
    }

    private CorruptException exhausted() {
        return new CorruptException(
                volume.device().name(),
                -1,
                "the files up to this one claim more than " + limit + " blocks of a volume of " + blocks
                        + ": many claim the same; run e2fsck on a copy of it, or keep it with --raw");
    }
}
