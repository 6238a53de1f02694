package dev.varve.mount;

import com.kenai.jffi.MemoryIO;
import dev.varve.model.Attributes;
import dev.varve.model.Timestamp;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FileStat;

/**
 * Where the fields of struct stat lie on this machine, taken once from jnr-fuse's description: making a {@link FileStat} costs
 * about 30 objects, too much for every getattr of a find. Thread safe.
 */
final class StatLayout {
    /** st_blksize: what a reader should ask for at a time. */
    private static final long PREFERRED_IO_BYTES = 128 << 10;

    private final MemoryIO memory;
    private final int sizeBytes;
    private final long ino;
    private final long mode;
    private final boolean wideLinks;
    private final long nlink;
    private final long uid;
    private final long gid;
    private final long rdev;
    private final long size;
    private final long blksize;
    private final boolean wideBlksize;
    private final long blocks;
    private final long atime;
    private final long mtime;
    private final long ctime;
    private final long nanos;

    StatLayout(MemoryIO memory) {
        this.memory = memory;
        FileStat stat = new FileStat(Runtime.getSystemRuntime());
        sizeBytes = Struct.size(stat);
        ino = stat.st_ino.offset();
        mode = stat.st_mode.offset();
        nlink = stat.st_nlink.offset();
        uid = stat.st_uid.offset();
        gid = stat.st_gid.offset();
        rdev = stat.st_rdev.offset();
        size = stat.st_size.offset();
        blksize = stat.st_blksize.offset();
        blocks = stat.st_blocks.offset();
        atime = stat.st_atim.tv_sec.offset();
        mtime = stat.st_mtim.tv_sec.offset();
        ctime = stat.st_ctim.tv_sec.offset();
        nanos = stat.st_atim.tv_nsec.offset() - atime;
        wideLinks = mode != nlink + Integer.BYTES && nlink != mode + Integer.BYTES;
        wideBlksize = blocks - blksize >= Long.BYTES;
    }

    int sizeBytes() {
        return sizeBytes;
    }

    /** Sets every field; the access time, which is not kept, is the modification time. */
    void write(long address, long inodeNumber, Attributes attributes, int linkCount) {
        memory.setMemory(address, sizeBytes, (byte) 0);
        memory.putLong(address + ino, inodeNumber);
        memory.putInt(address + mode, attributes.mode());
        if (wideLinks) {
            memory.putLong(address + nlink, Integer.toUnsignedLong(linkCount));
        } else {
            memory.putInt(address + nlink, linkCount);
        }
        memory.putInt(address + uid, attributes.uid());
        memory.putInt(address + gid, attributes.gid());
        memory.putLong(address + rdev, attributes.rdev());
        memory.putLong(address + size, attributes.size());
        if (wideBlksize) {
            memory.putLong(address + blksize, PREFERRED_IO_BYTES);
        } else {
            memory.putInt(address + blksize, (int) PREFERRED_IO_BYTES);
        }
        memory.putLong(address + blocks, attributes.blocks());
        time(address + atime, attributes.mtime());
        time(address + mtime, attributes.mtime());
        time(address + ctime, attributes.ctime());
    }

    /** Sets the two fields that a directory entry carries, in memory that is zero otherwise. */
    void writeEntry(long address, long inodeNumber, int typeBits) {
        memory.putLong(address + ino, inodeNumber);
        memory.putInt(address + mode, typeBits);
    }

    private void time(long address, Timestamp time) {
        memory.putLong(address, time.seconds());
        memory.putLong(address + nanos, time.nanos());
    }
}
