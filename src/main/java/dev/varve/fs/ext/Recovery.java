package dev.varve.fs.ext;

import dev.varve.device.BlockSource;
import dev.varve.device.OverlayBlockSource;
import dev.varve.model.UnsupportedVolumeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What a mount does to a volume whose journal is dirty, done to an overlay instead: replay, then an empty journal, a
 * superblock without needs_recovery, and its free counts summed anew. Orphans stay as they are.
 */
final class Recovery {
    private static final byte[] MAGIC = {(byte) 0xC0, 0x3B, 0x39, (byte) 0x98};
    private static final int FAST_COMMIT_HEAD = 9;
    private static final int ORPHAN_TAIL = 8;
    private static final long MAX_ORPHAN_FILE_BYTES = 512L << 16;

    private final Layout layout;
    private final Superblock superblock;

    private Recovery(Layout layout) {
        this.layout = layout;
        superblock = layout.superblock;
    }

    /** The device as it is after recovery. Nothing is written. */
    static BlockSource recover(Layout layout) throws IOException {
        return new Recovery(layout).recover();
    }

    private BlockSource recover() throws IOException {
        if (!superblock.has(Feature.HAS_JOURNAL)) {
            throw layout.corrupt(Superblock.OFFSET, "superblock asks for recovery, but has no journal; run e2fsck");
        }
        if (superblock.journalInode == 0) {
            throw new UnsupportedVolumeException(
                    layout.device.name(), "its external journal must be replayed (mount it once)");
        }
        RawInode inode = new InodeTable(layout, new GroupTable(layout)).raw(superblock.journalInode);
        String damage = inode.damage();
        if (damage != null || !inode.hasBlocks()) {
            throw layout.corrupt(-1, "journal inode " + inode.number + ": " + (damage == null ? "no file" : damage));
        }
        JournalFile file = new JournalFile(layout, inode);
        byte[] head = new byte[superblock.blockSize];
        file.read(0, head);
        JournalSuperblock journal = new JournalSuperblock(
                layout.device.name(), file.offset(0), head, inode.size() >> superblock.logBlockSize);
        OverlayBlockSource.Builder replayed =
                new OverlayBlockSource.Builder(layout.device, superblock.blockSize, MAGIC);
        int next = journal.sequence;
        if (journal.start != 0) {
            next = new JournalReplay(layout, file, journal, replayed).replay();
            refuseFastCommits(journal, file, next);
        }
        return settled(replayed.build(), journal.emptied(next + 1), file.deviceBlock(0));
    }

    /** Fast commits rewrite inodes, extents and directories by rules of their own. */
    private void refuseFastCommits(JournalSuperblock journal, JournalFile file, int transaction) throws IOException {
        if (!journal.fastCommit) {
            return;
        }
        byte[] block = new byte[superblock.blockSize];
        file.read(journal.last + 1, block);
        if (Raw.u16(block, 0) == FAST_COMMIT_HEAD && Raw.i32(block, 8) == transaction) {
            throw new UnsupportedVolumeException(
                    layout.device.name(),
                    "its journal holds fast commits (fast_commit) that must be replayed (mount it once)");
        }
    }

    private BlockSource settled(OverlayBlockSource replayed, byte[] journalHead, long journalBlock) throws IOException {
        Layout recovered = new Layout(replayed, Superblock.read(replayed));
        GroupTable groups = new GroupTable(recovered);
        long freeClusters = 0;
        long freeInodes = 0;
        for (long group = 0; group < superblock.groupCount; group++) {
            GroupDescriptor descriptor = groups.descriptor(group);
            freeClusters += descriptor.freeClusters();
            freeInodes += descriptor.freeInodes();
        }
        boolean orphans = !superblock.has(Feature.ORPHAN_PRESENT) || orphanFileHasEntries(recovered);
        byte[] clean = Superblock.recovered(
                Superblock.readRaw(replayed), freeClusters << superblock.clusterBits, freeInodes, orphans);
        OverlayBlockSource.Builder builder = new OverlayBlockSource.Builder(replayed, superblock.blockSize, MAGIC);
        patch(builder, replayed, Superblock.OFFSET, clean);
        patch(builder, replayed, layout.offset(journalBlock), journalHead);
        return builder.build();
    }

    /** As a mount does: a file full of zeros, but for the tail of each block, names no orphan. */
    private static boolean orphanFileHasEntries(Layout layout) throws IOException {
        RawInode inode = new InodeTable(layout, new GroupTable(layout)).raw(layout.superblock.orphanFileInode);
        boolean[] found = {inode.damage() != null || inode.size() > MAX_ORPHAN_FILE_BYTES};
        if (!found[0]) {
            new FileMap(layout).extents(inode, (logical, physical, count, unwritten) -> {
                for (long block = physical; block < physical + count && !found[0]; block++) {
                    byte[] content = layout.readBlock(block, "orphan file");
                    for (int at = 0; at < content.length - ORPHAN_TAIL; at += 4) {
                        found[0] |= Raw.i32(content, at) != 0;
                    }
                }
            });
        }
        return found[0];
    }

    private void patch(OverlayBlockSource.Builder builder, BlockSource source, long offset, byte[] bytes)
            throws IOException {
        byte[] block = new byte[superblock.blockSize];
        long number = offset >> superblock.logBlockSize;
        source.read(layout.offset(number), ByteBuffer.wrap(block));
        System.arraycopy(bytes, 0, block, (int) (offset - layout.offset(number)), bytes.length);
        builder.patch(number, Arrays.copyOf(block, block.length));
    }
}
