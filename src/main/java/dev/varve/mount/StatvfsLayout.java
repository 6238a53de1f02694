package dev.varve.mount;

import com.kenai.jffi.MemoryIO;
import dev.varve.view.ViewSize;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.Statvfs;

/** Where the fields of struct statvfs lie on this machine, taken from jnr-fuse's description. Thread safe. */
final class StatvfsLayout {
    private static final long BLOCK_BYTES = 4096;
    private static final long NAME_MAX = 255;

    private final MemoryIO memory;
    private final int sizeBytes;
    private final long bsize;
    private final long frsize;
    private final long blocks;
    private final long files;
    private final long namemax;

    StatvfsLayout(MemoryIO memory) {
        this.memory = memory;
        Statvfs statvfs = new Statvfs(Runtime.getSystemRuntime());
        sizeBytes = Struct.size(statvfs);
        bsize = statvfs.f_bsize.offset();
        frsize = statvfs.f_frsize.offset();
        blocks = statvfs.f_blocks.offset();
        files = statvfs.f_files.offset();
        namemax = statvfs.f_namemax.offset();
    }

    int sizeBytes() {
        return sizeBytes;
    }

    /** Nothing is ever free in a mount that cannot be written. */
    void write(long address, ViewSize size) {
        memory.setMemory(address, sizeBytes, (byte) 0);
        memory.putLong(address + bsize, BLOCK_BYTES);
        memory.putLong(address + frsize, BLOCK_BYTES);
        memory.putLong(address + blocks, (size.bytes() + BLOCK_BYTES - 1) / BLOCK_BYTES);
        memory.putLong(address + files, size.files());
        memory.putLong(address + namemax, NAME_MAX);
    }
}
