package dev.varve.fs.ext;

import dev.varve.fs.InodeScan;
import dev.varve.fs.VolumeInode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One pass over the inode tables in order of their numbers, in reads of up to 1 MiB; parts that were never used are not
 * read. What cannot be read is thrown once; the next call goes on behind it. Not thread safe. Memory: one read and one bitmap.
 */
final class TableScan implements InodeScan {
    private static final int READ_BYTES = 1 << 20;

    private final Layout layout;
    private final Superblock superblock;
    private final GroupTable groups;
    private final InodeTable table;
    private final byte[] buffer;
    private final int perRead;

    private long group = -1;
    private GroupDescriptor descriptor;
    private byte[] bitmap;
    private int limit;
    private int index;
    private int bufferedFrom;
    private int bufferedTo;
    private long bytesRead;

    TableScan(Layout layout, GroupTable groups, InodeTable table) {
        this.layout = layout;
        superblock = layout.superblock;
        this.groups = groups;
        this.table = table;
        perRead = READ_BYTES / superblock.inodeSize;
        buffer = new byte[(int) Math.min(READ_BYTES, (long) superblock.inodesPerGroup * superblock.inodeSize)];
    }

    @Override
    public VolumeInode next() throws IOException {
        while (true) {
            while (index >= limit) {
                if (group + 1 >= superblock.groupCount) {
                    return null;
                }
                enter(group + 1);
            }
            if (index >= bufferedTo) {
                fill();
            }
            int at = (index - bufferedFrom) * superblock.inodeSize;
            boolean marked = bitmap != null && (bitmap[index >> 3] >> (index & 7) & 1) != 0;
            long number = group * superblock.inodesPerGroup + index + 1;
            index++;
            if (marked || bitmap == null || Raw.u16(buffer, at + 0x1A) != 0) {
                byte[] bytes = Arrays.copyOfRange(buffer, at, at + superblock.inodeSize);
                RawInode raw = new RawInode(superblock, number, bytes);
                if (table.inUse(raw, marked)) {
                    return table.describe(raw);
                }
            }
        }
    }

    /**
     * A group whose descriptor cannot be trusted is passed: the next call goes on behind it. One whose bitmap cannot be read is
     * scanned by the next call without it.
     */
    private void enter(long next) throws IOException {
        group = next;
        index = 0;
        limit = 0;
        bufferedFrom = 0;
        bufferedTo = 0;
        GroupDescriptor entered = groups.descriptor(next);
        descriptor = entered;
        bitmap = null;
        limit = entered.inodeUninit() ? 0 : (int) (superblock.inodesPerGroup - entered.itableUnused());
        if (limit > 0) {
            bitmap = groups.inodeBitmap(entered);
        }
    }

    private void fill() throws IOException {
        bufferedFrom = index;
        bufferedTo = Math.min(limit, index + perRead);
        int bytes = (bufferedTo - bufferedFrom) * superblock.inodeSize;
        long start = layout.offset(descriptor.inodeTable()) + (long) bufferedFrom * superblock.inodeSize;
        boolean done = false;
        try {
            layout.device.read(start, ByteBuffer.wrap(buffer, 0, bytes));
            done = true;
        } finally {
            index = done ? index : bufferedTo; // what cannot be read is passed
        }
        bytesRead += bytes;
    }

    @Override
    public long bytesRead() {
        return bytesRead;
    }
}
