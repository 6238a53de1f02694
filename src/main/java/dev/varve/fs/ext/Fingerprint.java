package dev.varve.fs.ext;

import dev.varve.model.ByteString;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * SHA-256, cut to 16 bytes, over what changes when an inode's content changes: its fields but for the access time, and its
 * map of blocks. Thread safe.
 */
final class Fingerprint {
    private static final int BYTES = 16;
    private static final int FIELDS = 80;
    private static final int EXTENT = 24;
    private static final long UNWRITTEN = 1L << 63;

    private final FileMap files;
    private final XattrReader xattrs;

    Fingerprint(FileMap files, XattrReader xattrs) {
        this.files = files;
        this.xattrs = xattrs;
    }

    ByteString of(RawInode inode) throws IOException {
        MessageDigest digest = sha256();
        digest.update(fields(inode));
        if (inode.hasBlocks()) {
            byte[] packed = new byte[EXTENT];
            files.extents(inode, (logical, physical, count, unwritten) -> {
                Raw.put64(packed, 0, logical);
                Raw.put64(packed, 8, physical);
                Raw.put64(packed, 16, unwritten ? count | UNWRITTEN : count);
                digest.update(packed);
            });
        } else {
            digest.update(inode.bytes, RawInode.BLOCK_OFFSET, RawInode.BLOCK_BYTES);
            if (inode.has(RawInode.INLINE_DATA_FL)) {
                digest.update(xattrs.inlineData(inode));
            }
        }
        return ByteString.of(Arrays.copyOf(digest.digest(), BYTES));
    }

    private static byte[] fields(RawInode inode) {
        byte[] bytes = inode.bytes;
        byte[] fields = new byte[FIELDS];
        Raw.put64(fields, 0, inode.number);
        Raw.put32(fields, 8, inode.generation());
        Raw.put32(fields, 12, inode.mode());
        Raw.put64(fields, 16, inode.size());
        Raw.put32(fields, 24, inode.flags());
        Raw.put64(fields, 28, inode.version());
        Raw.put64(fields, 36, inode.sectors());
        System.arraycopy(bytes, 0xC, fields, 44, 8); // ctime, mtime
        if (bytes.length > 0x98) {
            System.arraycopy(bytes, 0x84, fields, 52, 8); // their extra bits
            System.arraycopy(bytes, 0x90, fields, 60, 8); // crtime
        }
        return fields;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
