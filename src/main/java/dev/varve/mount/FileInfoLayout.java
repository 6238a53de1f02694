package dev.varve.mount;

import com.kenai.jffi.MemoryIO;

/**
 * The fields of libfuse 2.9's struct fuse_file_info that are used: {@code int flags; unsigned long fh_old; int writepage;} a bit
 * field of 32, {@code uint64_t fh}. The same on every 64-bit Linux (jnr-fuse 0.5.8 describes its bit field as padding).
 */
record FileInfoLayout(MemoryIO memory) {
    private static final int FLAGS = 0;
    private static final int HANDLE = 24;

    /** The size of the whole struct, lock_owner included. */
    static final int SIZE_BYTES = 40;

    /** The flags of open(2). */
    int flags(long address) {
        return memory.getInt(address + FLAGS);
    }

    long handle(long address) {
        return memory.getLong(address + HANDLE);
    }

    void setHandle(long address, long handle) {
        memory.putLong(address + HANDLE, handle);
    }
}
