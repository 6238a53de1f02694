package dev.varve.fs.ext;

import dev.varve.fs.Volume.ExtentVisitor;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * Walks an inode's extent tree. Its input is hostile: depth falls by one a level and is at most 5, every node must lie in
 * the logical range its parent gives it, extents ascend without overlap and map no more blocks than the volume has, and few
 * leaves are empty; so no tree can loop, and walking it takes at most a few steps for each extent that it has. Extent blocks are verified against their checksum. One walk, one thread.
 */
final class ExtentTree {
    private static final int MAGIC = 0xF30A;
    private static final int HEADER = 12;
    private static final int ENTRY = 12;
    private static final int MAX_DEPTH = 5;
    private static final int MAX_WRITTEN = 32768;

    /** The kernel takes a leaf away when it becomes empty; a crash or an old bug may have left a few. */
    private static final int MAX_EMPTY_LEAVES = 64;

    private static final long LOGICAL_END = 1L << 32;

    private final Layout layout;
    private final RawInode inode;
    private final ExtentVisitor visitor;
    private final Crc32cChain seed;
    private long mapped;
    private long nextLogical;
    private int emptyLeaves;

    ExtentTree(Layout layout, RawInode inode, ExtentVisitor visitor) {
        this.layout = layout;
        this.inode = inode;
        this.visitor = visitor;
        seed = layout.superblock.metadataCsum ? inode.seed() : null;
    }

    void walk() throws IOException {
        byte[] root = new byte[RawInode.BLOCK_BYTES];
        System.arraycopy(inode.bytes, RawInode.BLOCK_OFFSET, root, 0, root.length);
        int depth = Raw.u16(root, 6);
        if (depth > MAX_DEPTH) {
            throw corrupt(-1, "extent tree of depth " + depth);
        }
        node(root, -1, depth, 0, LOGICAL_END);
    }

    private void node(byte[] node, long offset, int depth, long from, long to) throws IOException {
        int entries = Raw.u16(node, 2);
        int max = Raw.u16(node, 4);
        if (Raw.u16(node, 0) != MAGIC || Raw.u16(node, 6) != depth) {
            throw corrupt(offset, "no extent node of depth " + depth);
        }
        if (entries == 0 && offset >= 0 && ++emptyLeaves > MAX_EMPTY_LEAVES) {
            throw corrupt(offset, "extent tree with more than " + MAX_EMPTY_LEAVES + " empty leaves");
        }
        if (max > (node.length - HEADER) / ENTRY || entries > max || entries == 0 && depth > 0) {
            throw corrupt(offset, "extent node with " + entries + " of " + max + " entries");
        }
        for (int i = 0; i < entries; i++) {
            int at = HEADER + i * ENTRY;
            if (depth == 0) {
                extent(node, at, offset, from, to);
            } else {
                long logical = Raw.u32(node, at);
                long next = i + 1 < entries ? Raw.u32(node, at + ENTRY) : to;
                if (logical < from || logical >= next || next > to) {
                    throw corrupt(offset, "extent index of block " + logical + " is out of order");
                }
                long child = Raw.u32(node, at + 4) | (long) Raw.u16(node, at + 8) << 32;
                node(child(child), layout.offset(child), depth - 1, logical, next);
            }
        }
    }

    private byte[] child(long block) throws IOException {
        byte[] node = layout.block(block, "extent block of inode " + inode.number);
        if (seed != null) {
            int max = Raw.u16(node, 4);
            int tail = HEADER + max * ENTRY;
            if (tail > node.length - 4 || checksum(node, tail) != Raw.i32(node, tail)) {
                throw corrupt(layout.offset(block), "extent block does not match its checksum");
            }
        }
        return node;
    }

    private int checksum(byte[] node, int length) {
        CRC32C crc = seed.begin();
        crc.update(node, 0, length);
        return Crc32cChain.state(crc);
    }

    private void extent(byte[] node, int at, long offset, long from, long to) throws IOException {
        long logical = Raw.u32(node, at);
        int length = Raw.u16(node, at + 4);
        boolean unwritten = length > MAX_WRITTEN;
        long count = unwritten ? length - MAX_WRITTEN : length;
        long physical = Raw.u32(node, at + 8) | (long) Raw.u16(node, at + 6) << 32;
        if (count == 0 || logical < Math.max(from, nextLogical) || logical + count > to) {
            throw corrupt(offset, "extent of blocks " + logical + "+" + count + " is out of order");
        }
        if (!layout.holds(physical, count)) {
            throw corrupt(offset, "extent at device block " + physical + "+" + count + " is outside the file system");
        }
        nextLogical = logical + count;
        mapped += count;
        if (mapped > layout.superblock.blocksCount && !layout.superblock.has(Feature.SHARED_BLOCKS)) {
            throw corrupt(offset, "extents map more blocks than the volume has");
        }
        visitor.extent(logical, physical, count, unwritten);
    }

    private CorruptException corrupt(long offset, String reason) {
        return layout.corrupt(offset, "inode " + inode.number + ": " + reason);
    }
}
