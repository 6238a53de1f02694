package dev.varve.fs.ext;

import dev.varve.fs.Volume.ExtentVisitor;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Where an inode's content lies, whichever way its map is stored. Thread safe. */
final class FileMap {
    /** Extents behind the end of a small thing that are passed over; nothing puts any there. */
    private static final int MAX_EXTENTS_BEHIND = 64;

    private final Layout layout;

    FileMap(Layout layout) {
        this.layout = layout;
    }

    /** Visits allocated extents in logical order; none if the inode has no block map. */
    void extents(RawInode inode, ExtentVisitor visitor) throws IOException {
        if (!inode.hasBlocks()) {
            return;
        }
        if (inode.has(RawInode.EXTENTS_FL)) {
            new ExtentTree(layout, inode, visitor).walk();
        } else {
            new IndirectMap(layout, inode, visitor).walk();
        }
    }

    /**
     * The first {@code length} bytes of an inode's blocks, holes as zeros: for small things (link targets, attribute values).
     * The caller has checked the length.
     */
    byte[] read(RawInode inode, int length) throws IOException {
        byte[] content = new byte[length];
        int blockSize = layout.superblock.blockSize;
        int[] behind = {0};
        extents(inode, (logical, physical, count, unwritten) -> {
            long start = logical * blockSize;
            if (start < length && !unwritten) {
                int bytes = (int) Math.min(count * blockSize, length - start);
                layout.device.read(layout.offset(physical), ByteBuffer.wrap(content, (int) start, bytes));
            }
            if (start >= length && ++behind[0] > MAX_EXTENTS_BEHIND) {
                throw layout.corrupt(-1, "inode " + inode.number + ": has many blocks behind its " + length + " bytes");
            }
        });
        return content;
    }
}
