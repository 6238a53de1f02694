package dev.varve.fs;

import dev.varve.model.Attributes;

/**
 * An inode as read from a volume. Readers extend this record's information privately by looking the number up again, or
 * keep the raw inode in {@code raw}.
 *
 * @param role what the inode is for
 * @param raw the reader's own parsed form; opaque to everyone else
 * @param damage why the inode cannot be trusted (checksum, impossible type), or null
 */
public record VolumeInode(long number, Role role, Attributes attributes, Object raw, String damage) {
    /** What an inode is for. */
    public enum Role {
        /** Part of the tree of files. */
        TREE,
        /** The journal: the body of a clean one need not be kept. */
        JOURNAL,
        /** Deleted while open: allocated, in the image, not in the tree. */
        ORPHAN,
        /** Anything else the file system keeps for itself (resize, quota, bad blocks, xattr inodes, orphan file). */
        SYSTEM
    }
}
