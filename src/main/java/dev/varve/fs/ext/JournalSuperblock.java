package dev.varve.fs.ext;

import dev.varve.model.CorruptException;
import dev.varve.model.UnsupportedVolumeException;
import java.util.Arrays;

/**
 * The journal's own superblock (struct journal_superblock_s, big-endian, 1024 bytes at the beginning of its first block):
 * parsed, checked against the length of the journal, immutable.
 */
final class JournalSuperblock {
    static final int MAGIC = 0xC03B3998;
    static final int BYTES = 1024;

    private static final int TYPE_V1 = 3;
    private static final int TYPE_V2 = 4;
    private static final int COMPAT_CHECKSUM = 1;
    private static final int INCOMPAT_64BIT = 2;
    private static final int INCOMPAT_ASYNC_COMMIT = 4;
    private static final int INCOMPAT_CSUM_V2 = 8;
    private static final int INCOMPAT_CSUM_V3 = 0x10;
    private static final int INCOMPAT_FAST_COMMIT = 0x20;
    private static final int KNOWN_INCOMPAT = 0x3F;
    private static final int CRC32C = 4;
    private static final int SEQUENCE_OFFSET = 24;
    private static final int START_OFFSET = 28;
    private static final int CHECKSUM_OFFSET = 252;
    private static final int DEFAULT_FAST_COMMIT_BLOCKS = 256;
    private static final int MIN_BLOCKS = 1024;
    private static final long MAX_BLOCKS = 10_240_000L * 4;

    final long first;
    final long last;
    final long start;
    final int sequence;
    final boolean checksumV1;
    final boolean wide;
    final boolean asyncCommit;
    final boolean checksumV2;
    final boolean checksumV3;
    final boolean fastCommit;
    final Crc32cChain seed;

    private final byte[] raw;

    /**
     * @param raw the first block of the journal
     * @param blocks blocks that the journal's inode has
     */
    JournalSuperblock(String device, long offset, byte[] raw, long blocks)
            throws CorruptException, UnsupportedVolumeException {
        this.raw = Arrays.copyOf(raw, BYTES);
        int type = Raw.be32(raw, 4);
        if (Raw.be32(raw, 0) != MAGIC || type != TYPE_V1 && type != TYPE_V2) {
            throw corrupt(device, offset, "has no superblock");
        }
        int incompat = type == TYPE_V2 ? Raw.be32(raw, 40) : 0;
        int compat = type == TYPE_V2 ? Raw.be32(raw, 36) : 0;
        if ((incompat & ~KNOWN_INCOMPAT) != 0) {
            throw new UnsupportedVolumeException(
                    device, "unknown journal feature 0x" + Integer.toHexString(incompat & ~KNOWN_INCOMPAT));
        }
        checksumV1 = (compat & COMPAT_CHECKSUM) != 0;
        wide = (incompat & INCOMPAT_64BIT) != 0;
        asyncCommit = (incompat & INCOMPAT_ASYNC_COMMIT) != 0;
        checksumV2 = (incompat & INCOMPAT_CSUM_V2) != 0;
        checksumV3 = (incompat & INCOMPAT_CSUM_V3) != 0;
        fastCommit = (incompat & INCOMPAT_FAST_COMMIT) != 0;
        if (checksumV2 && checksumV3 || checksumV1 && checksummed()) {
            throw corrupt(device, offset, "has several kinds of checksums");
        }
        if (checksummed()) {
            if (raw[80] != CRC32C) {
                throw new UnsupportedVolumeException(device, "journal checksums of type " + Raw.u8(raw, 80));
            }
            if (checksum(this.raw) != Raw.be32(raw, CHECKSUM_OFFSET)) {
                throw corrupt(device, offset, "superblock does not match its checksum");
            }
        }
        seed = checksummed() ? new Crc32cChain(~0).then(Arrays.copyOfRange(raw, 48, 64)) : null;
        if (Raw.ube32(raw, 12) != raw.length) {
            throw corrupt(device, offset, "has blocks of " + Raw.ube32(raw, 12) + " bytes");
        }
        long length = Raw.ube32(raw, 16);
        first = Raw.ube32(raw, 20);
        sequence = Raw.be32(raw, SEQUENCE_OFFSET);
        start = Raw.ube32(raw, START_OFFSET);
        long stated = type == TYPE_V2 ? Raw.ube32(raw, 84) : 0;
        long fastBlocks = stated == 0 ? DEFAULT_FAST_COMMIT_BLOCKS : stated;
        last = fastCommit && length - fastBlocks >= MIN_BLOCKS ? length - fastBlocks : length;
        if (length > blocks || length > MAX_BLOCKS || first < 1 || first >= last || start >= last) {
            throw corrupt(
                    device,
                    offset,
                    "of " + length + " blocks in a file of " + blocks + " begins at " + first + " and was left at "
                            + start);
        }
        if (start != 0 && start < first) {
            throw corrupt(device, offset, "was left at block " + start + " before its first");
        }
    }

    private static CorruptException corrupt(String device, long offset, String reason) {
        return new CorruptException(device, offset, "journal " + reason + "; run e2fsck");
    }

    boolean checksummed() {
        return checksumV2 || checksumV3;
    }

    /** Bytes of one tag in a descriptor block, without its UUID (journal_tag_bytes). */
    int tagBytes() {
        if (checksumV3) {
            return 16;
        }
        return 12 + (checksumV2 ? 2 : 0) - (wide ? 0 : 4);
    }

    /** As a finished recovery leaves it: empty, the next transaction being {@code next}. */
    byte[] emptied(int next) {
        byte[] clean = raw.clone();
        Raw.putBe32(clean, SEQUENCE_OFFSET, next);
        Raw.putBe32(clean, START_OFFSET, 0);
        if (checksummed()) {
            Raw.putBe32(clean, CHECKSUM_OFFSET, checksum(clean));
        }
        return clean;
    }

    private static int checksum(byte[] raw) {
        byte[] copy = raw.clone();
        Raw.putBe32(copy, CHECKSUM_OFFSET, 0);
        return new Crc32cChain(~0).of(copy, 0, BYTES);
    }
}
