package dev.varve.mount;

import com.kenai.jffi.MemoryIO;
import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.Xattr;
import dev.varve.view.DatedView;
import dev.varve.view.DirectoryNode;
import dev.varve.view.LinkNode;
import dev.varve.view.OpenFile;
import dev.varve.view.ReadableNode;
import dev.varve.view.ViewNode;
import dev.varve.view.VolumeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Answers libfuse's calls from a {@link DatedView}: all arguments are native addresses, as libfuse passes them, and so are names:
 * bytes, never characters. Every call catches everything, logs what is no plain ENOENT or EACCES, and returns a negative errno: an
 * exception that reached native code would read as success. Thread safe. Memory: an object for each open file, 5 KiB for each
 * thread.
 */
final class ReadOnlyAdapter {
    /** Directories with more entries are listed piece by piece, so that libfuse need not hold them whole: about 4 KiB a piece. */
    static final int WHOLE_ENTRIES = 4096;

    private static final int O_ACCMODE = 3;
    private static final int O_TRUNC = 01000;
    /** __FMODE_EXEC: how the kernel opens for execve(2). */
    private static final int TO_EXECUTE = 040;

    private static final String USER_XATTR = "user.";
    private static final int W_OK = 2;
    private static final int X_OK = 1;
    private static final int ANY_EXECUTE = 0111;
    /** Entry numbers behind {@code .} and {@code ..}. */
    private static final int DOTS = 2;

    private final DatedView view;
    private final MemoryIO memory;
    private final ErrorLog log;
    private final Caller.Source callers;
    private final StatLayout stats;
    private final StatvfsLayout statvfs;
    private final FileInfoLayout files;
    private final Map<Long, OpenFile> open = new ConcurrentHashMap<>();
    private final AtomicLong handles = new AtomicLong();
    private final ThreadLocal<CallScratch> scratch;

    /** @param callers for a mount that others may enter: those whom an ACL keeps out are; null when there are no others */
    ReadOnlyAdapter(DatedView view, MemoryIO memory, ErrorLog log, Caller.Source callers) {
        this.view = view;
        this.memory = memory;
        this.log = log;
        this.callers = callers;
        this.stats = new StatLayout(memory);
        this.statvfs = new StatvfsLayout(memory);
        this.files = new FileInfoLayout(memory);
        this.scratch = ThreadLocal.withInitial(() -> new CallScratch(memory, stats.sizeBytes()));
    }

    int getattr(long path, long stat) {
        return guard("stat", path, () -> {
            ViewNode node = node(path);
            if (node == null) {
                return -Errno.ENOENT;
            }
            stats.write(stat, node.inodeNumber(), node.attributes(), node.linkCount());
            return 0;
        });
    }

    /** @param size of the buffer; a longer target is cut, as readlink(2) does */
    int readlink(long path, long buffer, long size) {
        return guard("readlink", path, () -> {
            ViewNode node = node(path);
            if (node == null) {
                return -Errno.ENOENT;
            }
            ByteString target = node instanceof LinkNode link
                    ? link.target()
                    : node instanceof VolumeFile file ? file.linkTarget() : null;
            if (target == null || size <= 0) {
                return -Errno.EINVAL;
            }
            int length = (int) Math.min(target.length(), size - 1);
            memory.putByteArray(buffer, target.toBytes(), 0, length);
            memory.putByte(buffer + length, (byte) 0);
            return 0;
        });
    }

    /** @param mask of access(2) */
    int access(long path, int mask) {
        return guard("access", path, () -> {
            ViewNode node = node(path);
            if (node == null) {
                return -Errno.ENOENT;
            }
            if ((mask & W_OK) != 0) {
                return -Errno.EROFS;
            }
            int mode = node.attributes().mode();
            boolean noProgram = FileType.ofMode(mode) == FileType.REGULAR && (mode & ANY_EXECUTE) == 0;
            return (mask & X_OK) != 0 && noProgram ? -Errno.EACCES : 0;
        });
    }

    /**
     * Lists a directory. Small ones, and those that may change, in one go, which libfuse keeps until the directory is closed;
     * large ones from {@code offset} on until the answer is full: offset n goes on with entry n, {@code .} and {@code ..} being
     * 0 and 1.
     */
    int readdir(long path, long buffer, DirectoryFiller filler, long offset) {
        return guard("list", path, () -> {
            ViewNode node = node(path);
            if (!(node instanceof DirectoryNode directory)) {
                return node == null ? -Errno.ENOENT : -Errno.ENOTDIR;
            }
            require(node, AccessAcl.READ);
            boolean whole = !directory.isFixed() || directory.entryCount() <= WHOLE_ENTRIES;
            long from = whole ? 0 : offset;
            CallScratch space = scratch.get();
            ViewNode parent = from <= 1 ? view.resolve(space.path(), space.parentLength()) : null;
            if (from <= 0 && filled(space.entry(".", stats, node), filler, buffer, whole ? 0 : 1)) {
                return 0;
            }
            if (from <= 1
                    && filled(
                            space.entry("..", stats, parent == null ? node : parent), filler, buffer, whole ? 0 : 2)) {
                return 0;
            }
            directory.list(Math.max(0, from - DOTS), (name, inodeNumber, typeBits, index) -> {
                CallScratch entry = space.entry(name, stats, inodeNumber, typeBits);
                return !filled(entry, filler, buffer, whole ? 0 : index + DOTS + 1);
            });
            return 0;
        });
    }

    int open(long path, long info) {
        return guard("open", path, () -> {
            int flags = files.flags(info);
            if ((flags & O_ACCMODE) != 0 || (flags & O_TRUNC) != 0) {
                return -Errno.EROFS;
            }
            ViewNode node = node(path);
            if (!(node instanceof ReadableNode readable)) {
                return node == null ? -Errno.ENOENT : -Errno.EISDIR;
            }
            require(node, (flags & TO_EXECUTE) != 0 ? AccessAcl.SEARCH : AccessAcl.READ);
            long handle = handles.incrementAndGet();
            open.put(handle, readable.open());
            files.setHandle(info, handle);
            return 0;
        });
    }

    /** @param path may be 0: the handle says which file it is */
    int read(long path, long buffer, long size, long offset, long info) {
        return guard("read", path, () -> {
            OpenFile file = open.get(files.handle(info));
            if (file == null) {
                return -Errno.EBADF;
            }
            ByteBuffer target = memory.newDirectByteBuffer(buffer, (int) Math.min(size, Integer.MAX_VALUE));
            return file.read(offset, target);
        });
    }

    int release(long info) {
        open.remove(files.handle(info));
        return 0;
    }

    int statfs(long path, long address) {
        return guard("statfs", path, () -> {
            statvfs.write(address, view.size());
            return 0;
        });
    }

    int getxattr(long path, long name, long value, long size) {
        return guard("getxattr", path, () -> {
            ViewNode node = node(path);
            if (node == null) {
                return -Errno.ENOENT;
            }
            if (node.xattrs().isEmpty() && !(node instanceof VolumeFile)) {
                return -Errno.ENODATA;
            }
            ByteString wanted = ByteString.of(memory.getZeroTerminatedByteArray(name));
            if (node instanceof VolumeFile file && wanted.equals(TierAttribute.NAME)) {
                require(node, AccessAcl.READ);
                return file.isRegular() ? give(TierAttribute.value(file.tiers()), value, size) : -Errno.ENODATA;
            }
            if (wanted.display().startsWith(USER_XATTR)) {
                require(node, AccessAcl.READ);
            }
            for (Xattr xattr : node.xattrs()) {
                if (xattr.name().equals(wanted)) {
                    return give(xattr.value().toBytes(), value, size);
                }
            }
            return -Errno.ENODATA;
        });
    }

    int listxattr(long path, long list, long size) {
        return guard("listxattr", path, () -> {
            ViewNode node = node(path);
            if (node == null) {
                return -Errno.ENOENT;
            }
            int length = 0;
            for (Xattr xattr : node.xattrs()) {
                length += xattr.name().length() + 1;
            }
            byte[] names = new byte[length];
            int at = 0;
            for (Xattr xattr : node.xattrs()) {
                xattr.name().copyTo(names, at);
                at += xattr.name().length() + 1;
            }
            return give(names, list, size);
        });
    }

    /** Open files, for tests of leaks. */
    int openFiles() {
        return open.size();
    }

    /** The contract of getxattr and listxattr: size 0 asks how much it is. */
    private int give(byte[] bytes, long target, long size) {
        if (size == 0) {
            return bytes.length;
        }
        if (bytes.length > size) {
            return -Errno.ERANGE;
        }
        memory.putByteArray(target, bytes, 0, bytes.length);
        return bytes.length;
    }

    private ViewNode node(long path) throws IOException {
        CallScratch space = scratch.get();
        space.readPath(path);
        if (callers != null && callers.current().uid() != 0) {
            for (int i = 1; i < space.pathLength(); i++) {
                ViewNode above = space.path()[i] == '/' ? view.resolve(space.path(), i) : null;
                if (above != null) {
                    require(above, AccessAcl.SEARCH);
                }
            }
        }
        return view.resolve(space.path(), space.pathLength());
    }

    private void require(ViewNode node, int rights) throws IOException {
        if (callers != null && !AccessAcl.permits(node, callers.current(), rights)) {
            throw new AccessDeniedException("by the access control list");
        }
    }

    private static boolean filled(CallScratch entry, DirectoryFiller filler, long buffer, long next) {
        return filler.fill(buffer, entry.nameAddress(), entry.statAddress(), next) != 0;
    }

    private int guard(String call, long path, Call body) {
        try {
            return body.answer();
        } catch (Throwable failure) {
            int errno = Errno.of(failure);
            if (errno != Errno.ENOENT && errno != Errno.EACCES) {
                log.report(call + " " + describe(path), failure);
            }
            return -errno;
        }
    }

    private String describe(long path) {
        return path == 0
                ? "an open file"
                : ByteString.of(memory.getZeroTerminatedByteArray(path)).display();
    }

    /** The body of a call. */
    @FunctionalInterface
    private interface Call {
        int answer() throws IOException;
    }
}
