package dev.varve.fs.ext;

import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * The group descriptors and the bitmaps they point at, read on demand through the block cache, so that a volume of any
 * size costs no heap. Verifies descriptor and bitmap checksums. Thread safe.
 */
final class GroupTable {
    private static final int CHECKSUM_AT = 0x1E;

    private final Layout layout;
    private final Superblock superblock;
    private final Crc16 uuidCrc16;

    GroupTable(Layout layout) {
        this.layout = layout;
        superblock = layout.superblock;
        uuidCrc16 = new Crc16().update(superblock.uuid, 0, superblock.uuid.length);
    }

    /** @throws dev.varve.model.CorruptException if the descriptor does not match its checksum or points outside */
    GroupDescriptor descriptor(long group) throws IOException {
        int perBlock = superblock.blockSize / superblock.descSize;
        long block = superblock.descBlockLocation(group / perBlock);
        byte[] raw = layout.block(block, "descriptor of group " + group);
        int at = (int) (group % perBlock) * superblock.descSize;
        long offset = layout.offset(block) + at;
        if (superblock.groupCsum && Raw.u16(raw, at + CHECKSUM_AT) != checksum(group, raw, at)) {
            throw layout.corrupt(offset, "descriptor of group " + group + " does not match its checksum; run e2fsck");
        }
        GroupDescriptor descriptor = GroupDescriptor.parse(superblock, group, raw, at, offset);
        long tableBlocks = (long) superblock.inodesPerGroup * superblock.inodeSize / superblock.blockSize;
        if (!layout.holds(descriptor.inodeTable(), tableBlocks)
                || !layout.holds(descriptor.blockBitmap(), 1)
                || !layout.holds(descriptor.inodeBitmap(), 1)
                || descriptor.itableUnused() > superblock.inodesPerGroup) {
            throw layout.corrupt(
                    offset, "descriptor of group " + group + " points outside the file system; run e2fsck");
        }
        return descriptor;
    }

    private int checksum(long group, byte[] raw, int at) {
        byte[] number = new byte[4];
        Raw.put32(number, 0, (int) group);
        int rest = superblock.descSize - CHECKSUM_AT - 2;
        if (superblock.metadataCsum) {
            CRC32C crc = superblock.seed.begin();
            crc.update(number);
            crc.update(raw, at, CHECKSUM_AT);
            crc.update(new byte[2]);
            crc.update(raw, at + CHECKSUM_AT + 2, rest);
            return Crc32cChain.state(crc) & 0xffff;
        }
        Crc16 crc = uuidCrc16.update(number, 0, 4).update(raw, at, CHECKSUM_AT);
        return crc.update(raw, at + CHECKSUM_AT + 2, rest).value();
    }

    /** The inode bitmap, or null when its checksum is wrong. */
    byte[] inodeBitmap(GroupDescriptor group) throws IOException {
        byte[] bitmap = layout.readBlock(group.inodeBitmap(), "inode bitmap of group " + group.group());
        return matches(bitmap, superblock.inodesPerGroup / 8, group.inodeBitmapCsum()) ? bitmap : null;
    }

    /**
     * The block bitmap (a bit a cluster), made up when it was never written; or null when it cannot be trusted: a wrong
     * checksum, or another number of free clusters than the descriptor says.
     */
    byte[] blockBitmap(GroupDescriptor group) throws IOException {
        if (group.blockUninit()) {
            return uninitialisedBitmap(group);
        }
        byte[] bitmap = layout.readBlock(group.blockBitmap(), "block bitmap of group " + group.group());
        if (!matches(bitmap, superblock.clustersPerGroup / 8, group.blockBitmapCsum())) {
            return null;
        }
        int clusters = clusters(group.group());
        int used = 0;
        for (int word = 0; word < clusters >> 6; word++) {
            used += Long.bitCount(Raw.i64(bitmap, word << 3));
        }
        for (int bit = clusters & ~63; bit < clusters; bit++) {
            used += bitmap[bit >> 3] >> (bit & 7) & 1;
        }
        return clusters - used == group.freeClusters() ? bitmap : null;
    }

    /** Clusters of a group, the last one of the volume counted whole. */
    int clusters(long group) {
        long blocks = superblock.groupBlocks(group);
        return (int) ((blocks + (1L << superblock.clusterBits) - 1) >> superblock.clusterBits);
    }

    private boolean matches(byte[] bitmap, int length, int stored) {
        if (!superblock.metadataCsum) {
            return true;
        }
        int checksum = superblock.seed.of(bitmap, 0, length);
        return superblock.descSize >= 64 ? checksum == stored : (checksum & 0xffff) == (stored & 0xffff);
    }

    /** As ext4_init_block_bitmap does: only the group's own metadata that lies in the group. */
    private byte[] uninitialisedBitmap(GroupDescriptor group) {
        byte[] bitmap = new byte[superblock.blockSize];
        long first = superblock.groupFirstBlock(group.group());
        mark(bitmap, group, first, superblock.baseMetadataBlocks(group.group()));
        mark(bitmap, group, group.blockBitmap(), 1);
        mark(bitmap, group, group.inodeBitmap(), 1);
        long tableBlocks = (long) superblock.inodesPerGroup * superblock.inodeSize / superblock.blockSize;
        mark(bitmap, group, group.inodeTable(), tableBlocks);
        return bitmap;
    }

    private void mark(byte[] bitmap, GroupDescriptor group, long block, long count) {
        long first = superblock.groupFirstBlock(group.group());
        long from = Math.max(block, first);
        long to = Math.min(block + count, first + superblock.groupBlocks(group.group()));
        for (long b = from; b < to; b++) {
            int bit = (int) (b - first >> superblock.clusterBits);
            bitmap[bit >> 3] |= (byte) (1 << (bit & 7));
        }
    }
}
