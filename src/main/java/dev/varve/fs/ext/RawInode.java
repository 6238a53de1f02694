package dev.varve.fs.ext;

import dev.varve.model.Attributes;
import dev.varve.model.FileType;
import dev.varve.model.Timestamp;
import java.util.zip.CRC32C;

/**
 * An inode as it lies on disk (struct ext4_inode) with its number: what a {@link dev.varve.fs.VolumeInode} carries as
 * {@code raw}. Immutable; its bytes are nobody else's. Untrusted: {@link #damage} says what is wrong with it.
 */
final class RawInode {
    static final int BLOCK_OFFSET = 0x28;
    static final int BLOCK_BYTES = 60;
    static final int INDEX_FL = 0x1000;
    static final int HUGE_FILE_FL = 0x40000;
    static final int EXTENTS_FL = 0x80000;
    static final int EA_INODE_FL = 0x200000;
    static final int INLINE_DATA_FL = 0x10000000;

    private static final int GOOD_OLD_SIZE = 128;
    private static final int EXTRA_SIZE_WHEN_UNSET = 32;
    private static final int CHECKSUM_LO = 0x7C;
    private static final int CHECKSUM_HI = 0x82;
    private static final int MAX_NANOS = 999_999_999;

    final long number;
    final byte[] bytes;
    private final Superblock superblock;
    private final int extraSize;

    RawInode(Superblock superblock, long number, byte[] bytes) {
        this.superblock = superblock;
        this.number = number;
        this.bytes = bytes;
        int stored = bytes.length > GOOD_OLD_SIZE ? Raw.u16(bytes, 0x80) : 0;
        // As the kernel: an unset size means that the space is free for the fields it knows.
        extraSize = bytes.length > GOOD_OLD_SIZE && stored == 0 ? EXTRA_SIZE_WHEN_UNSET : stored;
    }

    private boolean fits(int offset, int length) {
        return bytes.length > GOOD_OLD_SIZE
                && offset + length <= GOOD_OLD_SIZE + extraSize
                && offset + length <= bytes.length;
    }

    int mode() {
        return Raw.u16(bytes, 0);
    }

    FileType type() {
        return FileType.ofMode(mode());
    }

    int flags() {
        return Raw.i32(bytes, 0x20);
    }

    boolean has(int flag) {
        return (flags() & flag) != 0;
    }

    int links() {
        return Raw.u16(bytes, 0x1A);
    }

    int generation() {
        return Raw.i32(bytes, 0x64);
    }

    long size() {
        boolean high = type() == FileType.REGULAR || superblock.has(Feature.LARGEDIR);
        return Raw.u32(bytes, 4) | (high ? Raw.u32(bytes, 0x6C) << 32 : 0);
    }

    /** The block of extended attributes, or 0. */
    long fileAcl() {
        return Raw.u32(bytes, 0x68) | (superblock.hurd ? 0 : (long) Raw.u16(bytes, 0x76) << 32);
    }

    /** i_version, a counter of changes. */
    long version() {
        return Raw.u32(bytes, 0x24) | (fits(0x98, 4) ? Raw.u32(bytes, 0x98) << 32 : 0);
    }

    /** Seconds of i_atime, where an attribute inode keeps the hash of its value. */
    int atimeSeconds() {
        return Raw.i32(bytes, 8);
    }

    int mtimeSeconds() {
        return Raw.i32(bytes, 0x10);
    }

    /** Where attributes inside the inode begin, or the inode's length when there is no room for any. */
    int attributesOffset() {
        boolean unset = bytes.length <= GOOD_OLD_SIZE || Raw.u16(bytes, 0x80) == 0;
        return unset ? bytes.length : Math.min(bytes.length, GOOD_OLD_SIZE + extraSize);
    }

    /** i_blocks in units of 512 bytes. */
    long sectors() {
        long low = Raw.u32(bytes, 0x1C);
        if (!superblock.has(Feature.HUGE_FILE)) {
            return low;
        }
        long blocks = low | (long) Raw.u16(bytes, 0x74) << 32;
        return has(HUGE_FILE_FL) ? blocks << (superblock.logBlockSize - 9) : blocks;
    }

    boolean isFastSymlink() {
        if (type() != FileType.SYMLINK || has(INLINE_DATA_FL)) {
            return false;
        }
        if (has(EA_INODE_FL)) {
            return size() > 0 && size() < BLOCK_BYTES;
        }
        long attributeSectors = fileAcl() == 0 ? 0 : (long) superblock.blockSize << superblock.clusterBits >> 9;
        return sectors() == attributeSectors;
    }

    /** Whether i_block holds a map of blocks. Bad blocks (inode 1) have one without a type. */
    boolean hasBlocks() {
        FileType type = type();
        boolean mappable = type == FileType.REGULAR || type == FileType.DIRECTORY || type == FileType.SYMLINK;
        return (mappable || number < superblock.firstInode) && !has(INLINE_DATA_FL) && !isFastSymlink();
    }

    /** Nothing was ever stored here: reserved inodes without a use. */
    boolean isEmpty() {
        return mode() == 0 && links() == 0 && Raw.i32(bytes, 4) == 0 && Raw.i32(bytes, 0x1C) == 0;
    }

    Attributes attributes() {
        FileType type = type();
        boolean device = type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE;
        long blocks = sectors();
        if (type == FileType.REGULAR && has(INLINE_DATA_FL)) {
            blocks += (size() + 511) >> 9; // ext4_file_getattr: lest the file look entirely sparse
        }
        return new Attributes(
                mode(),
                Raw.u16(bytes, 2) | Raw.u16(bytes, 0x78) << 16,
                Raw.u16(bytes, 0x18) | Raw.u16(bytes, 0x7A) << 16,
                size(),
                blocks,
                links(),
                time(0x10, 0x88),
                time(0xC, 0x84),
                fits(0x90, 4) ? time(0x90, 0x94) : Timestamp.EPOCH,
                flags(),
                generation(),
                device ? device() : 0,
                superblock.has(Feature.PROJECT) && fits(0x9C, 4) ? Raw.i32(bytes, 0x9C) : 0);
    }

    private Timestamp time(int offset, int extraOffset) {
        long seconds = Raw.i32(bytes, offset);
        if (!fits(extraOffset, 4)) {
            return new Timestamp(seconds, 0);
        }
        long extra = Raw.u32(bytes, extraOffset);
        return new Timestamp(seconds + ((extra & 3) << 32), (int) Math.min(extra >> 2, MAX_NANOS));
    }

    /** i_block[0] in the old 16-bit encoding, else i_block[1] in the new one; result as makedev of glibc has it. */
    private long device() {
        long old = Raw.u32(bytes, BLOCK_OFFSET);
        long major;
        long minor;
        if (old != 0) {
            major = old >> 8 & 0xff;
            minor = old & 0xff;
        } else {
            long dev = Raw.u32(bytes, BLOCK_OFFSET + 4);
            major = dev >> 8 & 0xfff;
            minor = dev & 0xff | dev >> 12 & 0xfff00;
        }
        return (major & 0xfff) << 8 | (major & ~0xfffL) << 32 | minor & 0xff | (minor & ~0xffL) << 12;
    }

    /** The checksums of what belongs to this inode (extent and directory blocks) begin with number and generation. */
    Crc32cChain seed() {
        byte[] identity = new byte[8];
        Raw.put32(identity, 0, (int) number);
        Raw.put32(identity, 4, generation());
        return superblock.seed.then(identity);
    }

    boolean checksumMatches() {
        byte[] copy = bytes.clone();
        Raw.put16(copy, CHECKSUM_LO, 0);
        boolean high = bytes.length > GOOD_OLD_SIZE && CHECKSUM_HI + 2 <= GOOD_OLD_SIZE + Raw.u16(bytes, 0x80);
        int stored = Raw.u16(bytes, CHECKSUM_LO);
        if (high) {
            stored |= Raw.u16(bytes, CHECKSUM_HI) << 16;
            Raw.put16(copy, CHECKSUM_HI, 0);
        }
        byte[] identity = new byte[8];
        Raw.put32(identity, 0, (int) number);
        Raw.put32(identity, 4, generation());
        CRC32C crc = superblock.seed.begin();
        crc.update(identity);
        crc.update(copy);
        int checksum = Crc32cChain.state(crc);
        return high ? checksum == stored : (checksum & 0xffff) == stored;
    }

    /** What is wrong with this inode, or null. */
    String damage() {
        if (superblock.metadataCsum && !checksumMatches()) {
            return "inode does not match its checksum";
        }
        if (bytes.length > GOOD_OLD_SIZE && (GOOD_OLD_SIZE + extraSize > bytes.length || (extraSize & 3) != 0)) {
            return "i_extra_isize is " + extraSize;
        }
        if (number >= superblock.firstInode && type() == null) {
            return "mode 0" + Integer.toOctalString(mode()) + " has no file type";
        }
        if (size() < 0 || size() > maxBytes()) {
            return "size of " + Long.toUnsignedString(size()) + " bytes is more than ext can hold";
        }
        return null;
    }

    /** The largest size that the kind of block map can express. */
    private long maxBytes() {
        if (has(EXTENTS_FL)) {
            return 0xffffffffL << superblock.logBlockSize;
        }
        long perBlock = superblock.blockSize / 4;
        long blocks = 12 + perBlock + perBlock * perBlock + perBlock * perBlock * perBlock;
        return Math.min(blocks, 0xffffffffL) << superblock.logBlockSize;
    }
}
