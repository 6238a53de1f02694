package dev.varve.fs.ext;

import java.util.Arrays;

/** POSIX ACLs: from ext's form (version 1, short entries without an id) to the VFS's (version 2, 8 bytes an entry). */
final class AclForm {
    private static final int DISK_VERSION = 1;
    private static final int VFS_VERSION = 2;
    private static final int HEADER = 4;
    private static final int SHORT_ENTRY = 4;
    private static final int LONG_ENTRY = 8;
    private static final int UNDEFINED_ID = -1;
    private static final int USER = 0x02;
    private static final int GROUP = 0x08;
    private static final int WITHOUT_ID = 0x01 | 0x04 | 0x10 | 0x20;

    private AclForm() {}

    /** The VFS form, or null if the bytes are no ACL of ext. */
    static byte[] toVfs(byte[] disk) {
        if (disk.length < HEADER || Raw.i32(disk, 0) != DISK_VERSION) {
            return null;
        }
        byte[] vfs = new byte[HEADER + (disk.length - HEADER) / SHORT_ENTRY * LONG_ENTRY];
        Raw.put32(vfs, 0, VFS_VERSION);
        int to = HEADER;
        int at = HEADER;
        while (at < disk.length) {
            if (at + SHORT_ENTRY > disk.length) {
                return null;
            }
            int tag = Raw.u16(disk, at);
            boolean withId = tag == USER || tag == GROUP;
            boolean known = withId || Integer.bitCount(tag) == 1 && (tag & WITHOUT_ID) != 0;
            int length = withId ? LONG_ENTRY : SHORT_ENTRY;
            if (!known || at + length > disk.length) {
                return null;
            }
            Raw.put16(vfs, to, tag);
            Raw.put16(vfs, to + 2, Raw.u16(disk, at + 2));
            Raw.put32(vfs, to + 4, withId ? Raw.i32(disk, at + 4) : UNDEFINED_ID);
            to += LONG_ENTRY;
            at += length;
        }
        return Arrays.copyOf(vfs, to);
    }
}
