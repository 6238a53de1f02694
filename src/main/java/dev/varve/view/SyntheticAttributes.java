package dev.varve.view;

import dev.varve.model.Attributes;
import dev.varve.model.FileType;
import dev.varve.model.Timestamp;

/**
 * What stat shows of things that are in no backup.
 *
 * @param uid the user who mounts
 * @param time shown as their mtime and ctime
 */
record SyntheticAttributes(int uid, int gid, Timestamp time) {
    private static final int BLOCK = 512;

    SyntheticAttributes at(Timestamp moment) {
        return new SyntheticAttributes(uid, gid, moment);
    }

    Attributes directory(int links) {
        return of(FileType.DIRECTORY.bits() | 0555, 0, 0, links);
    }

    Attributes link(int targetLength) {
        return of(FileType.SYMLINK.bits() | 0777, targetLength, 0, 1);
    }

    /** An image holds every file's bytes whatever their modes, so it is for its owner alone. */
    Attributes image(long sizeBytes, long allocatedBytes) {
        return of(FileType.REGULAR.bits() | 0400, sizeBytes, (allocatedBytes + BLOCK - 1) / BLOCK, 1);
    }

    private Attributes of(int mode, long size, long blocks, int links) {
        return new Attributes(mode, uid, gid, size, blocks, links, time, time, time, 0, 0, 0, 0);
    }
}
