package dev.varve.fs.ext;

import dev.varve.device.BlockSource;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.Timestamp;
import dev.varve.model.UnsupportedVolumeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The superblock (struct ext4_super_block, 1024 bytes at byte 1024 of the device): parsed under the kernel's names,
 * checked, then immutable. Its input is hostile: what is out of bounds is refused here, so that the rest may compute with
 * these numbers.
 */
final class Superblock {
    static final int OFFSET = 1024;
    static final int BYTES = 1024;
    static final int MAGIC = 0xEF53;
    static final int MAGIC_OFFSET = 0x38;

    private static final int INCOMPAT_OFFSET = 0x60;
    private static final int CHECKSUM_OFFSET = 0x3FC;
    private static final int MAX_LOG_BLOCK_SIZE = 6;
    private static final int GOOD_OLD_INODE_SIZE = 128;
    private static final int GOOD_OLD_FIRST_INO = 11;
    private static final int CRC32C = 1;
    private static final int OS_HURD = 1;
    private static final int ERROR_FS = 2;

    final Feature.Bits features;
    final long inodesCount;
    final long blocksCount;
    final long freeBlocksCount;
    final long freeInodesCount;
    final int firstDataBlock;
    final int logBlockSize;
    final int blockSize;
    final int clusterBits;
    final long blocksPerGroup;
    final int clustersPerGroup;
    final int inodesPerGroup;
    final int inodeSize;
    final long firstInode;
    final int descSize;
    final long groupCount;
    final long descBlocks;
    final int reservedGdtBlocks;
    final long firstMetaBg;
    final long journalInode;
    final long orphanFileInode;
    final long[] quotaInodes;
    final long[] backupGroups;
    final boolean hurd;
    final boolean metadataCsum;
    final boolean groupCsum;
    final Crc32cChain seed;
    final byte[] uuid;
    final ByteString label;
    final Timestamp mkfsTime;
    final Timestamp wtime;
    final int mountCount;
    final Timestamp lastCheck;
    final boolean errors;

    private final String device;

    private Superblock(String device, byte[] raw) throws IOException {
        this.device = device;
        boolean dynamic = Raw.u32(raw, 0x4C) != 0;
        features = new Feature.Bits(Raw.i32(raw, 0x5C), Raw.i32(raw, INCOMPAT_OFFSET), Raw.i32(raw, 0x64));
        metadataCsum = features.has(Feature.METADATA_CSUM);
        groupCsum = metadataCsum || features.has(Feature.GDT_CSUM);
        boolean wide = features.has(Feature.BIT64);
        uuid = Arrays.copyOfRange(raw, 0x68, 0x78);
        seed = features.has(Feature.CSUM_SEED) ? new Crc32cChain(Raw.i32(raw, 0x270)) : new Crc32cChain(~0).then(uuid);
        inodesCount = Raw.u32(raw, 0);
        blocksCount = Raw.u32(raw, 4) | (wide ? Raw.u32(raw, 0x150) << 32 : 0);
        freeBlocksCount = Raw.u32(raw, 0xC) | (wide ? Raw.u32(raw, 0x158) << 32 : 0);
        freeInodesCount = Raw.u32(raw, 0x10);
        int log = Raw.i32(raw, 0x18);
        check(log >= 0 && log <= MAX_LOG_BLOCK_SIZE, "s_log_block_size is " + Integer.toUnsignedString(log));
        logBlockSize = 10 + log;
        blockSize = 1 << logBlockSize;
        long data = Raw.u32(raw, 0x14);
        check(data <= 1, "s_first_data_block is " + data);
        firstDataBlock = (int) data;
        boolean bigalloc = features.has(Feature.BIGALLOC);
        long logCluster = Raw.u32(raw, 0x1C);
        check(!bigalloc || logCluster >= log && logCluster <= 20, "s_log_cluster_size is " + logCluster);
        clusterBits = bigalloc ? (int) logCluster - log : 0;
        blocksPerGroup = Raw.u32(raw, 0x20);
        long clusters = bigalloc ? Raw.u32(raw, 0x24) : blocksPerGroup;
        check(
                clusters > 0 && clusters <= 8L * blockSize && clusters % 8 == 0,
                (bigalloc ? "s_clusters_per_group is " : "s_blocks_per_group is ") + clusters);
        check(blocksPerGroup == clusters << clusterBits, "s_blocks_per_group is " + blocksPerGroup);
        clustersPerGroup = (int) clusters;
        inodeSize = dynamic ? Raw.u16(raw, 0x58) : GOOD_OLD_INODE_SIZE;
        check(
                inodeSize >= GOOD_OLD_INODE_SIZE && inodeSize <= blockSize && Integer.bitCount(inodeSize) == 1,
                "s_inode_size is " + inodeSize);
        long perGroup = Raw.u32(raw, 0x28);
        check(
                perGroup >= blockSize / inodeSize && perGroup <= 8L * blockSize && perGroup % 8 == 0,
                "s_inodes_per_group is " + perGroup);
        inodesPerGroup = (int) perGroup;
        firstInode = dynamic ? Raw.u32(raw, 0x54) : GOOD_OLD_FIRST_INO;
        check(firstInode >= GOOD_OLD_FIRST_INO, "s_first_ino is " + firstInode);
        descSize = wide ? Raw.u16(raw, 0xFE) : 32;
        check(
                !wide || descSize >= 64 && descSize <= 1024 && Integer.bitCount(descSize) == 1,
                "s_desc_size is " + descSize);
        check(
                blocksCount > firstDataBlock && blocksCount < Long.MAX_VALUE >> logBlockSize,
                "s_blocks_count is " + blocksCount);
        groupCount = (blocksCount - firstDataBlock + blocksPerGroup - 1) / blocksPerGroup;
        check(groupCount <= 0xffffffffL / inodesPerGroup, groupCount + " groups are more than inode numbers reach");
        check(
                inodesCount == groupCount * inodesPerGroup,
                "s_inodes_count is " + inodesCount + ", but there are " + groupCount + " groups of " + inodesPerGroup
                        + " inodes");
        descBlocks = (groupCount + blockSize / descSize - 1) / (blockSize / descSize);
        reservedGdtBlocks = Raw.u16(raw, 0xCE);
        check(reservedGdtBlocks <= blockSize / 4, "s_reserved_gdt_blocks is " + reservedGdtBlocks);
        firstMetaBg = Raw.u32(raw, 0x104);
        check(!features.has(Feature.META_BG) || firstMetaBg <= descBlocks, "s_first_meta_bg is " + firstMetaBg);
        journalInode = features.has(Feature.HAS_JOURNAL) ? Raw.u32(raw, 0xE0) : 0;
        orphanFileInode = features.has(Feature.ORPHAN_FILE) ? Raw.u32(raw, 0x280) : 0;
        quotaInodes = new long[] {Raw.u32(raw, 0x240), Raw.u32(raw, 0x244), Raw.u32(raw, 0x26C)};
        backupGroups = new long[] {Raw.u32(raw, 0x24C), Raw.u32(raw, 0x250)};
        hurd = Raw.u32(raw, 0x48) == OS_HURD;
        label = text(raw, 0x78, 16);
        mkfsTime = new Timestamp(Raw.u32(raw, 0x108) | (long) Raw.u8(raw, 0x276) << 32, 0);
        wtime = new Timestamp(Raw.u32(raw, 0x30) | (long) Raw.u8(raw, 0x274) << 32, 0);
        mountCount = Raw.u16(raw, 0x34);
        lastCheck = new Timestamp(Raw.u32(raw, 0x40) | (long) Raw.u8(raw, 0x277) << 32, 0);
        errors = (Raw.u16(raw, 0x3A) & ERROR_FS) != 0;
    }

    /**
     * Reads and checks.
     *
     * @throws UnsupportedVolumeException if this is no ext file system, or one with features that cannot be read
     * @throws CorruptException if it contradicts itself, its checksum or the device
     */
    static Superblock read(BlockSource source) throws IOException {
        byte[] raw = readRaw(source);
        String device = source.name();
        if (Raw.u16(raw, MAGIC_OFFSET) != MAGIC) {
            throw new UnsupportedVolumeException(device, "no ext file system");
        }
        // The features come before the checksum: an unknown one may mean another kind of checksum.
        new Feature.Bits(Raw.i32(raw, 0x5C), Raw.i32(raw, INCOMPAT_OFFSET), Raw.i32(raw, 0x64))
                .refuseUnreadable(device);
        if ((Raw.i32(raw, 0x64) & Feature.METADATA_CSUM.bit()) != 0) {
            if (Raw.u8(raw, 0x175) != CRC32C) {
                throw new UnsupportedVolumeException(device, "checksums of type " + Raw.u8(raw, 0x175));
            }
            if (checksum(raw) != Raw.i32(raw, CHECKSUM_OFFSET)) {
                throw new CorruptException(device, OFFSET, "superblock checksum is wrong; run e2fsck");
            }
        }
        Superblock superblock = new Superblock(device, raw);
        long bytes = superblock.blocksCount << superblock.logBlockSize;
        if (bytes > source.sizeBytes()) {
            throw new CorruptException(
                    device, -1, "truncated: file system says " + bytes + " bytes, device has " + source.sizeBytes());
        }
        return superblock;
    }

    static byte[] readRaw(BlockSource source) throws IOException {
        if (source.sizeBytes() < OFFSET + BYTES) {
            throw new UnsupportedVolumeException(source.name(), "no ext file system");
        }
        byte[] raw = new byte[BYTES];
        source.read(OFFSET, ByteBuffer.wrap(raw));
        return raw;
    }

    /**
     * The same superblock as a mount leaves it after recovery: no needs_recovery, counts summed over the groups.
     *
     * @param orphans whether an orphan file, if there is one, may name orphans
     */
    static byte[] recovered(byte[] raw, long freeBlocks, long freeInodes, boolean orphans) {
        byte[] clean = raw.clone();
        Raw.put32(clean, INCOMPAT_OFFSET, Raw.i32(clean, INCOMPAT_OFFSET) & ~Feature.NEEDS_RECOVERY.bit());
        if (!orphans) {
            Raw.put32(clean, 0x64, Raw.i32(clean, 0x64) & ~Feature.ORPHAN_PRESENT.bit());
        }
        Raw.put32(clean, 0xC, (int) freeBlocks);
        if ((Raw.i32(clean, INCOMPAT_OFFSET) & Feature.BIT64.bit()) != 0) {
            Raw.put32(clean, 0x158, (int) (freeBlocks >>> 32));
        }
        Raw.put32(clean, 0x10, (int) freeInodes);
        if ((Raw.i32(clean, 0x64) & Feature.METADATA_CSUM.bit()) != 0) {
            Raw.put32(clean, CHECKSUM_OFFSET, checksum(clean));
        }
        return clean;
    }

    private static int checksum(byte[] raw) {
        return new Crc32cChain(~0).of(raw, 0, CHECKSUM_OFFSET);
    }

    private static ByteString text(byte[] raw, int offset, int length) {
        int end = 0;
        while (end < length && raw[offset + end] != 0) {
            end++;
        }
        return ByteString.of(raw, offset, end);
    }

    private void check(boolean holds, String reason) throws CorruptException {
        if (!holds) {
            throw new CorruptException(device, OFFSET, "superblock: " + reason + "; run e2fsck");
        }
    }

    boolean has(Feature feature) {
        return features.has(feature);
    }

    String uuidText() {
        String hex = HexFormat.of().formatHex(uuid);
        return hex.substring(0, 8)
                + '-'
                + hex.substring(8, 12)
                + '-'
                + hex.substring(12, 16)
                + '-'
                + hex.substring(16, 20)
                + '-'
                + hex.substring(20);
    }

    long groupFirstBlock(long group) {
        return group * blocksPerGroup + firstDataBlock;
    }

    /** Blocks of a group: all the same but for the last. */
    long groupBlocks(long group) {
        return Math.min(blocksPerGroup, blocksCount - groupFirstBlock(group));
    }

    /** Whether a group begins with a copy of the superblock (ext4_bg_has_super). */
    boolean hasSuperblockCopy(long group) {
        if (group == 0) {
            return true;
        }
        if (has(Feature.SPARSE_SUPER2)) {
            return group == backupGroups[0] || group == backupGroups[1];
        }
        if (group == 1 || !has(Feature.SPARSE_SUPER)) {
            return true;
        }
        return (group & 1) == 1 && (isPowerOf(group, 3) || isPowerOf(group, 5) || isPowerOf(group, 7));
    }

    private static boolean isPowerOf(long value, int base) {
        long power = base;
        while (power < value) {
            power *= base;
        }
        return power == value;
    }

    private boolean inMetaGroups(long descBlock) {
        return has(Feature.META_BG) && descBlock >= firstMetaBg;
    }

    /** Where a block of group descriptors lies (descriptor_loc). */
    long descBlockLocation(long descBlock) {
        if (!inMetaGroups(descBlock)) {
            return (blockSize == 1024 ? 1 : 0) + descBlock + 1;
        }
        long group = descBlock * (blockSize / descSize);
        int before = hasSuperblockCopy(group) ? 1 : 0;
        if (blockSize == 1024 && descBlock == 0 && firstDataBlock == 0) {
            before++;
        }
        return groupFirstBlock(group) + before;
    }

    /** Blocks that superblock copy, descriptors and their reserve take at the beginning of a group. */
    long baseMetadataBlocks(long group) {
        long perBlock = blockSize / descSize;
        boolean copy = hasSuperblockCopy(group);
        long count = copy ? 1 : 0;
        if (inMetaGroups(group / perBlock)) {
            long first = group / perBlock * perBlock;
            return group == first || group == first + 1 || group == first + perBlock - 1 ? count + 1 : count;
        }
        if (!copy) {
            return 0;
        }
        return count + (has(Feature.META_BG) ? firstMetaBg : descBlocks) + reservedGdtBlocks;
    }
}
