package dev.varve.mount;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Closure;
import com.kenai.jffi.ClosureManager;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import dev.varve.model.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * The functions of libfuse 2.9 that a mount needs, on bare addresses (docs/decisions/0007-fuse-on-addresses.md). Thread safe;
 * loaded once, never unloaded.
 */
final class LibFuse {
    private static final String SONAME = "libfuse.so.2";
    /** Symbol versions: a plain look-up finds a compatibility entry of fuse_new with other parameters. */
    private static final Map<String, String> FUNCTIONS = Map.of(
            "fuse_mount", "FUSE_2.6",
            "fuse_new", "FUSE_2.6",
            "fuse_unmount", "FUSE_2.6",
            "fuse_loop", "FUSE_2.2",
            "fuse_destroy", "FUSE_2.2",
            "fuse_get_context", "FUSE_2.8",
            "fuse_lowlevel_notify_inval_entry", "FUSE_2.8");

    /** struct fuse_context {struct fuse *fuse; uid_t uid; gid_t gid; pid_t pid; …}. */
    private static final int CONTEXT_UID = 8;

    private static final int CONTEXT_GID = 12;
    private static final int CONTEXT_PID = 16;
    private static final int RTLD_DEFAULT = 0;
    private static final long ROOT_NODE = 1;

    private final Invoker invoker = Invoker.getInstance();
    private final Map<String, Long> addresses = new TreeMap<>();
    private final CallContext pointer0 = context(Type.POINTER);
    private final CallContext pointer2 = context(Type.POINTER, Type.POINTER, Type.POINTER);
    private final CallContext pointer5 =
            context(Type.POINTER, Type.POINTER, Type.POINTER, Type.POINTER, Type.UINT64, Type.POINTER);
    private final CallContext int1 = context(Type.SINT32, Type.POINTER);
    private final CallContext void1 = context(Type.VOID, Type.POINTER);
    private final CallContext void2 = context(Type.VOID, Type.POINTER, Type.POINTER);
    private final CallContext notify = context(Type.SINT32, Type.POINTER, Type.UINT64, Type.POINTER, Type.UINT64);
    private final CallContext fill = context(Type.SINT32, Type.POINTER, Type.POINTER, Type.POINTER, Type.SINT64);

    private LibFuse() {}

    /** @throws RefusedException when it is not installed; the message names the package */
    static LibFuse load() throws RefusedException {
        return load(SONAME);
    }

    static LibFuse load(String soname) throws RefusedException {
        Library library = Library.openLibrary(soname, Library.NOW | Library.GLOBAL);
        if (library == null) {
            throw new RefusedException(soname + " is not installed; on Debian and Ubuntu: apt install libfuse2 fuse3"
                    + " (libfuse2t64 instead of libfuse2 since Ubuntu 24.04)");
        }
        LibFuse fuse = new LibFuse();
        MemoryIO memory = MemoryIO.getInstance();
        long lookUp = Library.getDefault().getSymbolAddress("dlvsym");
        CallContext lookUpCall = context(Type.POINTER, Type.POINTER, Type.POINTER, Type.POINTER);
        for (Map.Entry<String, String> function : FUNCTIONS.entrySet()) {
            long name = string(memory, function.getKey().getBytes(StandardCharsets.US_ASCII));
            long version = string(memory, function.getValue().getBytes(StandardCharsets.US_ASCII));
            long address = lookUp == 0 ? 0 : fuse.invoker.invokeN3(lookUpCall, lookUp, RTLD_DEFAULT, name, version);
            memory.freeMemory(name);
            memory.freeMemory(version);
            if (address == 0) {
                throw new RefusedException(soname + " lacks " + function.getKey() + " of " + function.getValue()
                        + "; varve needs libfuse 2.9 and glibc");
            }
            fuse.addresses.put(function.getKey(), address);
        }
        return fuse;
    }

    /** @return the channel, or 0 when mounting failed; libfuse or fusermount has then written why to stderr */
    long mount(long mountPoint, long arguments) {
        return invoker.invokeN2(pointer2, addresses.get("fuse_mount"), mountPoint, arguments);
    }

    /** @return the session, or 0 when an option is wrong */
    long open(long channel, long arguments, long operations, long operationsBytes) {
        return invoker.invokeN5(
                pointer5, addresses.get("fuse_new"), channel, arguments, operations, operationsBytes, 0);
    }

    /**
     * Answers requests until the file system is unmounted. Several threads may be in here at once for one session: they are
     * libfuse's own pool in everything but who made them.
     */
    void loop(long session) {
        invoker.invokeN1(int1, addresses.get("fuse_loop"), session);
    }

    /** Closes the channel, and unmounts unless that has happened. */
    void unmount(long mountPoint, long channel) {
        invoker.invokeN2(void2, addresses.get("fuse_unmount"), mountPoint, channel);
    }

    void destroy(long session) {
        invoker.invokeN1(void1, addresses.get("fuse_destroy"), session);
    }

    /** Has the kernel forget what it knows of a name at the top, and of everything below it. */
    void forgetTopEntry(long channel, long name, long nameLength) {
        invoker.invokeN4(
                notify, addresses.get("fuse_lowlevel_notify_inval_entry"), channel, ROOT_NODE, name, nameLength);
    }

    /** Who sent the request that the current thread answers. */
    Caller caller() {
        long context = invoker.invokeN0(pointer0, addresses.get("fuse_get_context"));
        MemoryIO memory = MemoryIO.getInstance();
        return new Caller(
                memory.getInt(context + CONTEXT_UID),
                memory.getInt(context + CONTEXT_GID),
                memory.getInt(context + CONTEXT_PID));
    }

    /** The filler that libfuse passed to readdir. */
    DirectoryFiller filler(long function) {
        return (buffer, name, stat, next) -> (int) invoker.invokeN4(fill, function, buffer, name, stat, next);
    }

    /** A C function that returns an int, whatever its arguments; the caller keeps the handle reachable. */
    static Closure.Handle function(Closure closure, Type... parameters) {
        return ClosureManager.getInstance().newClosure(closure, Type.SINT32, parameters, CallingConvention.DEFAULT);
    }

    /** A C function that returns a pointer. */
    static Closure.Handle pointerFunction(Closure closure, Type... parameters) {
        return ClosureManager.getInstance().newClosure(closure, Type.POINTER, parameters, CallingConvention.DEFAULT);
    }

    /** A NUL-terminated copy that is never freed: for the few strings of a mount. */
    static long string(MemoryIO memory, byte[] text) {
        long address = memory.allocateMemory(text.length + 1L, true);
        memory.putByteArray(address, text, 0, text.length);
        return address;
    }

    private static CallContext context(Type result, Type... parameters) {
        return CallContext.getCallContext(result, parameters, CallingConvention.DEFAULT, false);
    }
}
