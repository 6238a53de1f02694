package dev.varve.fs.ext;

import dev.varve.fs.VolumeInode;
import dev.varve.model.NotFoundException;
import java.io.IOException;

/**
 * Finds inodes by number and says what they are for. An inode is in use when its bitmap says so, or when it has a mode and
 * links (which is all the kernel looks at when a directory names it); with an untrusted bitmap only the latter counts.
 * Thread safe.
 */
final class InodeTable {
    private final Layout layout;
    private final Superblock superblock;
    private final GroupTable groups;

    InodeTable(Layout layout, GroupTable groups) {
        this.layout = layout;
        superblock = layout.superblock;
        this.groups = groups;
    }

    /** The inode as stored, whether in use or not. @throws NotFoundException if no inode has that number */
    RawInode raw(long number) throws IOException {
        if (number < 1 || number > superblock.inodesCount) {
            throw new NotFoundException(
                    layout.device.name() + ": no inode " + number + " among 1.." + superblock.inodesCount);
        }
        long group = (number - 1) / superblock.inodesPerGroup;
        long within = (number - 1) % superblock.inodesPerGroup * superblock.inodeSize;
        long block = groups.descriptor(group).inodeTable() + (within >> superblock.logBlockSize);
        byte[] table = layout.block(block, "inode table of group " + group);
        byte[] bytes = new byte[superblock.inodeSize];
        System.arraycopy(table, (int) (within & superblock.blockSize - 1), bytes, 0, bytes.length);
        return new RawInode(superblock, number, bytes);
    }

    VolumeInode inode(long number) throws IOException {
        RawInode raw = raw(number);
        // The bitmap costs a read: it is only asked about inodes that do not show that they are in use.
        if (!inUse(raw, false) && !inUse(raw, marked(number))) {
            throw new NotFoundException(layout.device.name() + ": inode " + number + " is not in use");
        }
        return describe(raw);
    }

    private boolean marked(long number) throws IOException {
        GroupDescriptor descriptor = groups.descriptor((number - 1) / superblock.inodesPerGroup);
        int index = (int) ((number - 1) % superblock.inodesPerGroup);
        if (descriptor.inodeUninit() || index >= superblock.inodesPerGroup - descriptor.itableUnused()) {
            return false;
        }
        byte[] bitmap = groups.inodeBitmap(descriptor);
        return bitmap != null && (bitmap[index >> 3] >> (index & 7) & 1) != 0;
    }

    /** @param marked whether a trusted bitmap has the inode's bit set */
    boolean inUse(RawInode raw, boolean marked) {
        if (raw.number < superblock.firstInode && raw.isEmpty()) {
            return false;
        }
        return marked || raw.mode() != 0 && raw.links() > 0;
    }

    VolumeInode describe(RawInode raw) {
        return new VolumeInode(raw.number, role(raw), raw.attributes(), raw, raw.damage());
    }

    private VolumeInode.Role role(RawInode raw) {
        long number = raw.number;
        if (number == superblock.journalInode) {
            return VolumeInode.Role.JOURNAL;
        }
        if (number == ExtVolume.ROOT_INODE) {
            return VolumeInode.Role.TREE;
        }
        boolean quota = false;
        for (long inode : superblock.quotaInodes) {
            quota |= inode == number;
        }
        if (quota && superblock.has(Feature.QUOTA)
                || number < superblock.firstInode
                || number == superblock.orphanFileInode
                || raw.has(RawInode.EA_INODE_FL)) {
            return VolumeInode.Role.SYSTEM;
        }
        return raw.links() == 0 ? VolumeInode.Role.ORPHAN : VolumeInode.Role.TREE;
    }
}
