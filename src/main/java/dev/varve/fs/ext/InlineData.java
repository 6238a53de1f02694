package dev.varve.fs.ext;

import java.io.IOException;

/** Content that lives in i_block and goes on in the attribute system.data. Thread safe. */
final class InlineData {
    /** A file only stays inside its inode while it is small; what a truncate added is zeros. */
    private static final int MAX_BYTES = 1 << 20;

    private final Layout layout;
    private final XattrReader xattrs;

    InlineData(Layout layout, XattrReader xattrs) {
        this.layout = layout;
        this.xattrs = xattrs;
    }

    /** Null if it is nothing but zeros of any length, as mke2fs makes of sparse files: a file of holes. */
    byte[] content(RawInode inode) throws IOException {
        long size = inode.size();
        byte[] rest = xattrs.inlineData(inode);
        if (size > RawInode.BLOCK_BYTES + rest.length
                && isZero(inode.bytes, RawInode.BLOCK_OFFSET, RawInode.BLOCK_BYTES)
                && isZero(rest, 0, rest.length)) {
            return null;
        }
        if (size < 0 || size > MAX_BYTES) {
            throw layout.corrupt(-1, "inode " + inode.number + ": " + size + " bytes inside an inode");
        }
        byte[] content = new byte[(int) size];
        int head = Math.min(content.length, RawInode.BLOCK_BYTES);
        System.arraycopy(inode.bytes, RawInode.BLOCK_OFFSET, content, 0, head);
        System.arraycopy(rest, 0, content, head, Math.min(rest.length, content.length - head));
        return content;
    }

    private static boolean isZero(byte[] bytes, int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
