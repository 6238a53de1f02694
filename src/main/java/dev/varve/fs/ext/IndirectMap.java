package dev.varve.fs.ext;

import dev.varve.fs.Volume.ExtentVisitor;
import dev.varve.model.CorruptException;
import java.io.IOException;

/**
 * Walks the classic map of ext2 and ext3: 12 direct blocks, then one, two and three levels of indirect blocks; joins
 * neighbours into extents. Its input is hostile: the walk ends as soon as more blocks were used (indirect ones included)
 * than the inode claims or the volume has, so blocks that point at each other cannot keep it busy; and few indirect blocks are
 * empty, so walking it takes at most a few steps for each block of the file. One walk, one thread.
 */
final class IndirectMap {
    private static final int DIRECT = 12;
    private static final int LEVELS = 3;

    /** The kernel frees an indirect block when it becomes empty; a crash or an old bug may have left a few. */
    private static final int MAX_EMPTY_BLOCKS = 64;

    private final Layout layout;
    private final RawInode inode;
    private final ExtentVisitor visitor;
    private final long limit;
    private long used;
    private int emptyBlocks;
    private long runLogical;
    private long runPhysical;
    private long runCount;

    IndirectMap(Layout layout, RawInode inode, ExtentVisitor visitor) {
        this.layout = layout;
        this.inode = inode;
        this.visitor = visitor;
        long claimed = inode.sectors() >> layout.superblock.logBlockSize - 9;
        limit = Math.min(claimed, layout.superblock.blocksCount);
    }

    void walk() throws IOException {
        long logical = 0;
        for (int i = 0; i < DIRECT; i++) {
            data(logical++, Raw.u32(inode.bytes, RawInode.BLOCK_OFFSET + 4 * i), -1);
        }
        long span = 1;
        for (int level = 1; level <= LEVELS; level++) {
            span *= layout.superblock.blockSize / 4;
            long block = Raw.u32(inode.bytes, RawInode.BLOCK_OFFSET + 4 * (DIRECT + level - 1));
            if (block != 0) {
                indirect(block, level, logical, span, -1);
            }
            logical += span;
        }
        flush();
    }

    /** @param span blocks of the file below this one */
    private void indirect(long block, int level, long logical, long span, long pointerOffset) throws IOException {
        use(block, pointerOffset);
        byte[] pointers = layout.block(block, "indirect block of inode " + inode.number);
        int count = pointers.length / 4;
        long childSpan = span / count;
        long offset = layout.offset(block);
        if (isEmpty(pointers) && ++emptyBlocks > MAX_EMPTY_BLOCKS) {
            throw corrupt(offset, "map with more than " + MAX_EMPTY_BLOCKS + " empty indirect blocks");
        }
        for (int i = 0; i < count; i++) {
            long pointer = Raw.u32(pointers, 4 * i);
            if (level == 1) {
                data(logical + i, pointer, offset + 4L * i);
            } else if (pointer != 0) {
                indirect(pointer, level - 1, logical + i * childSpan, childSpan, offset + 4L * i);
            }
        }
    }

    private static boolean isEmpty(byte[] pointers) {
        for (byte b : pointers) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private void data(long logical, long block, long pointerOffset) throws IOException {
        if (block == 0) {
            return;
        }
        use(block, pointerOffset);
        if (runCount > 0 && runLogical + runCount == logical && runPhysical + runCount == block) {
            runCount++;
            return;
        }
        flush();
        runLogical = logical;
        runPhysical = block;
        runCount = 1;
    }

    private void use(long block, long pointerOffset) throws CorruptException {
        if (!layout.holds(block, 1)) {
            throw corrupt(pointerOffset, "pointer to device block " + block + " outside the file system");
        }
        if (++used > limit) {
            throw corrupt(pointerOffset, "maps more than the " + limit + " blocks it claims");
        }
    }

    private void flush() throws IOException {
        if (runCount > 0) {
            visitor.extent(runLogical, runPhysical, runCount, false);
            runCount = 0;
        }
    }

    private CorruptException corrupt(long offset, String reason) {
        return layout.corrupt(offset, "inode " + inode.number + ": " + reason);
    }
}
