package dev.varve.fs.ext;

import dev.varve.fs.Volume.RunVisitor;
import dev.varve.model.CorruptException;
import java.io.IOException;

/**
 * Runs of allocated blocks from the block bitmaps, a group at a time. What cannot be trusted counts as allocated: groups
 * with a damaged descriptor or bitmap, and everything outside the groups. Thread safe; a call holds one bitmap.
 */
final class AllocationMap {
    private final Superblock superblock;
    private final GroupTable groups;
    private final long deviceBlocks;

    AllocationMap(Layout layout, GroupTable groups) {
        superblock = layout.superblock;
        this.groups = groups;
        deviceBlocks = (layout.device.sizeBytes() + superblock.blockSize - 1) >> superblock.logBlockSize;
    }

    void runs(long firstBlock, long endBlock, RunVisitor visitor) throws IOException {
        if (firstBlock < 0) {
            throw new IllegalArgumentException("negative block " + firstBlock);
        }
        Joined out = new Joined(firstBlock, Math.min(endBlock, deviceBlocks), visitor);
        out.add(0, superblock.firstDataBlock);
        long from = Math.max(0, firstBlock - superblock.firstDataBlock) / superblock.blocksPerGroup;
        for (long group = from; group < superblock.groupCount; group++) {
            long first = superblock.groupFirstBlock(group);
            if (first >= out.end) {
                break;
            }
            group(group, first, out);
        }
        out.add(superblock.blocksCount, deviceBlocks);
        out.flush();
    }

    private void group(long group, long first, Joined out) throws IOException {
        long blocks = superblock.groupBlocks(group);
        byte[] bitmap = trustedBitmap(group);
        if (bitmap == null) {
            out.add(first, first + blocks);
            return;
        }
        int clusters = groups.clusters(group);
        int bit = next(bitmap, 0, clusters, true);
        while (bit < clusters) {
            int end = next(bitmap, bit, clusters, false);
            long from = (long) bit << superblock.clusterBits;
            long to = Math.min((long) end << superblock.clusterBits, blocks);
            out.add(first + from, first + to);
            bit = next(bitmap, end, clusters, true);
        }
    }

    private byte[] trustedBitmap(long group) throws IOException {
        try {
            return groups.blockBitmap(groups.descriptor(group));
        } catch (CorruptException e) {
            return null; // as the kernel: an untrusted group is a full one
        }
    }

    /** The first bit from {@code bit} on that is set (or clear), or {@code limit}. */
    private static int next(byte[] bitmap, int bit, int limit, boolean set) {
        int at = bit;
        while (at < limit) {
            long word = Raw.i64(bitmap, at >> 6 << 3);
            long rest = (set ? word : ~word) >>> (at & 63);
            if (rest != 0) {
                return Math.min(limit, at + Long.numberOfTrailingZeros(rest));
            }
            at = (at | 63) + 1;
        }
        return limit;
    }

    /** Clips runs and joins those that touch. */
    private static final class Joined {
        private final long begin;
        private final long end;
        private final RunVisitor visitor;
        private long from;
        private long to;

        Joined(long begin, long end, RunVisitor visitor) {
            this.begin = begin;
            this.end = end;
            this.visitor = visitor;
        }

        void add(long first, long last) throws IOException {
            long clippedFirst = Math.max(first, begin);
            long clippedLast = Math.min(last, end);
            if (clippedFirst >= clippedLast) {
                return;
            }
            if (clippedFirst != to) {
                flush();
                from = clippedFirst;
            }
            to = clippedLast;
        }

        void flush() throws IOException {
            if (to > from) {
                visitor.run(from, to - from);
            }
            from = to;
        }
    }
}
