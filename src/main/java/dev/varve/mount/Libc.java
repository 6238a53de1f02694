package dev.varve.mount;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.file.Path;

/** The calls of libc that a mount needs beside libfuse. Thread safe. */
final class Libc {
    static final int EPERM = 1;
    static final int EBUSY = 16;
    private static final int MNT_DETACH = 2;

    private final Invoker invoker = Invoker.getInstance();
    private final MemoryIO memory = MemoryIO.getInstance();
    private final Library library = Library.getDefault();
    private final CallContext pointerInt = context(Type.POINTER, Type.SINT32);
    private final CallContext pointer = context(Type.POINTER);
    private final CallContext ints = context(Type.SINT32, Type.SINT32);
    private final CallContext nothing = context();

    /**
     * umount2(2).
     *
     * @param lazy detach now, and end when nobody uses it any more
     * @return 0 or errno
     */
    int unmount(Path mountPoint, boolean lazy) {
        long name = LibFuse.string(memory, NativeNames.bytes(mountPoint));
        try {
            return errno(invoker.invokeN2(pointerInt, address("umount2"), name, lazy ? MNT_DETACH : 0));
        } finally {
            memory.freeMemory(name);
        }
    }

    /** setsid(2): no terminal, and no signal of the one that was, any more. */
    void newSession() {
        invoker.invokeN0(nothing, address("setsid"));
    }

    /** chdir("/"): keeps no other file system busy. */
    void leaveDirectory() {
        long name = LibFuse.string(memory, new byte[] {'/'});
        invoker.invokeN1(pointer, address("chdir"), name);
        memory.freeMemory(name);
    }

    /** dup2(2): {@code target} becomes what {@code source} is. */
    void duplicate(int source, int target) {
        invoker.invokeN2(ints, address("dup2"), source, target);
    }

    /** geteuid(2). */
    int effectiveUser() {
        return (int) invoker.invokeN0(nothing, address("geteuid"));
    }

    private static int errno(long result) {
        return (int) result == 0 ? 0 : LastError.getInstance().get();
    }

    private long address(String function) {
        return library.getSymbolAddress(function);
    }

    private static CallContext context(Type... parameters) {
        return CallContext.getCallContext(Type.SINT32, parameters, CallingConvention.DEFAULT, true);
    }
}
