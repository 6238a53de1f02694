package dev.varve.fs.ext;

/**
 * One group's descriptor (struct ext4_group_desc), its checksum already verified.
 *
 * @param blockUninit the block bitmap was never written and is to be made up; false without group checksums
 * @param inodeUninit no inode of the group is in use; false without group checksums
 * @param itableUnused inodes at the end of the table that were never used; 0 without group checksums
 * @param freeClusters clusters that the bitmap must show as free
 * @param offset byte of the device, for messages
 */
record GroupDescriptor(
        long group,
        long blockBitmap,
        long inodeBitmap,
        long inodeTable,
        long freeClusters,
        long freeInodes,
        boolean blockUninit,
        boolean inodeUninit,
        long itableUnused,
        int blockBitmapCsum,
        int inodeBitmapCsum,
        long offset) {
    private static final int INODE_UNINIT = 1;
    private static final int BLOCK_UNINIT = 2;

    static GroupDescriptor parse(Superblock superblock, long group, byte[] raw, int at, long offset) {
        boolean wide = superblock.descSize >= 64;
        int flags = superblock.groupCsum ? Raw.u16(raw, at + 0x12) : 0;
        return new GroupDescriptor(
                group,
                Raw.u32(raw, at) | (wide ? Raw.u32(raw, at + 0x20) << 32 : 0),
                Raw.u32(raw, at + 4) | (wide ? Raw.u32(raw, at + 0x24) << 32 : 0),
                Raw.u32(raw, at + 8) | (wide ? Raw.u32(raw, at + 0x28) << 32 : 0),
                Raw.u16(raw, at + 0xC) | (wide ? (long) Raw.u16(raw, at + 0x2C) << 16 : 0),
                Raw.u16(raw, at + 0xE) | (wide ? (long) Raw.u16(raw, at + 0x2E) << 16 : 0),
                (flags & BLOCK_UNINIT) != 0,
                (flags & INODE_UNINIT) != 0,
                superblock.groupCsum ? Raw.u16(raw, at + 0x1C) | (wide ? (long) Raw.u16(raw, at + 0x32) << 16 : 0) : 0,
                Raw.u16(raw, at + 0x18) | (wide ? Raw.u16(raw, at + 0x38) << 16 : 0),
                Raw.u16(raw, at + 0x1A) | (wide ? Raw.u16(raw, at + 0x3A) << 16 : 0),
                offset);
    }
}
