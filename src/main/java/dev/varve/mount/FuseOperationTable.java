package dev.varve.mount;

import com.kenai.jffi.Closure;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.util.ArrayList;
import java.util.List;

/**
 * libfuse 2.9's struct fuse_operations, filled with calls into a {@link ReadOnlyAdapter}. What is not in it libfuse answers with
 * ENOSYS, and the kernel stops asking (flush, fsync, ioctl, locks). opendir is left out on purpose: a path finds its directory in
 * the cache, and two upcalls a directory are saved. Every changing call answers EROFS, though the kernel refuses most of them
 * before on a read-only mount. Must stay reachable as long as libfuse may call.
 */
final class FuseOperationTable {
    /** The struct: 45 words, of which number 38 is a bit field. */
    static final int SIZE_BYTES = 45 * Long.BYTES;

    private static final int GETATTR = 0;
    private static final int READLINK = 1;
    private static final int OPEN = 14;
    private static final int READ = 15;
    private static final int STATFS = 17;
    private static final int RELEASE = 19;
    private static final int GETXATTR = 22;
    private static final int LISTXATTR = 23;
    private static final int READDIR = 26;
    private static final int INIT = 29;
    private static final int ACCESS = 31;

    /** mknod … utime, write, setxattr, removexattr, create, ftruncate, utimens, fallocate. */
    private static final int[] CHANGING = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 21, 24, 32, 33, 36, 44};

    private final MemoryIO memory;
    private final long address;
    private final List<Closure.Handle> functions = new ArrayList<>();

    /** @param ready run when the kernel has begun to talk to this file system */
    FuseOperationTable(MemoryIO memory, LibFuse fuse, ReadOnlyAdapter adapter, Runnable ready) {
        this.memory = memory;
        this.address = memory.allocateMemory(SIZE_BYTES, true);
        Type p = Type.POINTER;
        Type n = Type.UINT64;
        set(GETATTR, call -> adapter.getattr(call.getAddress(0), call.getAddress(1)), p, p);
        set(READLINK, c -> adapter.readlink(c.getAddress(0), c.getAddress(1), c.getLong(2)), p, p, n);
        set(OPEN, call -> adapter.open(call.getAddress(0), call.getAddress(1)), p, p);
        set(
                READ,
                c -> adapter.read(c.getAddress(0), c.getAddress(1), c.getLong(2), c.getLong(3), c.getAddress(4)),
                p,
                p,
                n,
                n,
                p);
        set(STATFS, call -> adapter.statfs(call.getAddress(0), call.getAddress(1)), p, p);
        set(RELEASE, call -> adapter.release(call.getAddress(1)), p, p);
        set(
                GETXATTR,
                c -> adapter.getxattr(c.getAddress(0), c.getAddress(1), c.getAddress(2), c.getLong(3)),
                p,
                p,
                p,
                n);
        set(LISTXATTR, c -> adapter.listxattr(c.getAddress(0), c.getAddress(1), c.getLong(2)), p, p, n);
        set(
                READDIR,
                c -> adapter.readdir(c.getAddress(0), c.getAddress(1), fuse.filler(c.getAddress(2)), c.getLong(3)),
                p,
                p,
                p,
                n,
                p);
        set(ACCESS, call -> adapter.access(call.getAddress(0), call.getInt(1)), p, Type.SINT32);
        Closure.Handle refuse = keep(LibFuse.function(call -> call.setIntReturn(-Errno.EROFS)));
        for (int slot : CHANGING) {
            put(slot, refuse);
        }
        put(
                INIT,
                keep(LibFuse.pointerFunction(
                        call -> {
                            call.setAddressReturn(0);
                            ready.run();
                        },
                        p)));
    }

    long address() {
        return address;
    }

    private void set(int slot, Answer answer, Type... parameters) {
        put(
                slot,
                keep(LibFuse.function(
                        call -> {
                            call.setIntReturn(-Errno.EIO);
                            call.setIntReturn(answer.of(call));
                        },
                        parameters)));
    }

    private Closure.Handle keep(Closure.Handle function) {
        functions.add(function);
        return function;
    }

    private void put(int slot, Closure.Handle function) {
        memory.putLong(address + (long) slot * Long.BYTES, function.getAddress());
    }

    /** What the adapter answers. */
    @FunctionalInterface
    private interface Answer {
        int of(Closure.Buffer call);
    }
}
