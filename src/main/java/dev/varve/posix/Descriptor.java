package dev.varve.posix;

import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open file of the kernel's. Thread safe as the kernel is; whoever opened it closes it, once.
 *
 * <p>The name is for messages only. Everything acts on the open file itself, so renames and symbolic links cannot redirect it.
 */
public final class Descriptor implements Closeable {
    private static final int SEEK_DATA = 3;

    private final int fd;
    private final String name;
    private final AtomicBoolean closed = new AtomicBoolean();

    Descriptor(int fd, String name) {
        this.fd = fd;
        this.name = name;
    }

    /** The process's standard output; closing it is the process's business, so don't. */
    public static Descriptor standardOutput() {
        return new Descriptor(1, "standard output");
    }

    int fd() {
        if (closed.get()) {
            throw new IllegalStateException(name + " is closed");
        }
        return fd;
    }

    public String name() {
        return name;
    }

    /** A path that leads to the open file itself whatever it is, also when it was opened with O_PATH. */
    ByteString magicPath() {
        return ByteString.utf8("/proc/self/fd/" + fd());
    }

    public FileStatus status() throws PosixException {
        return Posix.status(this, ByteString.EMPTY);
    }

    /** Writes position to limit of a direct buffer at {@code offset}. */
    public void write(long offset, ByteBuffer data) throws PosixException {
        while (data.hasRemaining()) {
            long written = Posix.C.pwrite(fd(), data.slice(), data.remaining(), offset);
            if (written < 0) {
                retryOrThrow();
                continue;
            }
            offset += written;
            data.position(data.position() + (int) written);
        }
    }

    /** Writes position to limit of a direct buffer where the file stands: for pipes. */
    public void append(ByteBuffer data) throws PosixException {
        while (data.hasRemaining()) {
            long written = Posix.C.write(fd(), data.slice(), data.remaining());
            if (written < 0) {
                retryOrThrow();
                continue;
            }
            data.position(data.position() + (int) written);
        }
    }

    /** Reads into a direct buffer from {@code offset} until it is full or the file ends; returns the bytes read. */
    public int read(long offset, ByteBuffer target) throws PosixException {
        int start = target.position();
        while (target.hasRemaining()) {
            long read = Posix.C.pread(fd(), target.slice(), target.remaining(), offset);
            if (read < 0) {
                retryOrThrow();
                continue;
            }
            if (read == 0) {
                break;
            }
            offset += read;
            target.position(target.position() + (int) read);
        }
        return target.position() - start;
    }

    public void truncate(long sizeBytes) throws PosixException {
        Posix.check(Posix.C.ftruncate(fd(), sizeBytes), name);
    }

    public void sync() throws PosixException {
        Posix.check(Posix.C.fsync(fd()), name);
    }

    /** All of the file system that the file lies on. */
    public void syncFileSystem() throws PosixException {
        Posix.check(Posix.C.syncfs(fd()), name);
    }

    /** Where data begins at or behind {@code offset}, or −1 if only a hole follows; where a file system knows no holes, {@code offset}. */
    public long nextData(long offset) throws PosixException {
        long found = Posix.C.lseek(fd(), offset, SEEK_DATA);
        if (found < 0 && Posix.errno() != Errno.ENXIO) {
            throw new PosixException(name, Posix.errno());
        }
        return found;
    }

    /** An id of −1 is left as it is. Drops setuid, setgid and file capabilities: chmod and attributes come after it. */
    public void chown(int uid, int gid) throws PosixException {
        Posix.check(Posix.C.fchownat(fd(), Posix.z(ByteString.EMPTY), uid, gid, Posix.AT_EMPTY_PATH), name);
    }

    /** @param mode permission bits; type bits are ignored */
    public void chmod(int mode) throws PosixException {
        Posix.check(Posix.C.fchmod(fd(), mode & 07777), name);
    }

    /** The same for a file opened with O_PATH, which fchmod refuses. */
    public void chmodPath(int mode) throws PosixException {
        Posix.check(Posix.C.chmod(Posix.z(magicPath()), mode & 07777), name);
    }

    /** Sets both the access and the modification time. */
    public void setTimes(Timestamp time) throws PosixException {
        Posix.check(Posix.C.futimens(fd(), Posix.timespecs(time)), name);
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            // After EINTR Linux has closed the descriptor already; closing again could hit another thread's file.
            int result = Posix.C.close(fd);
            if (result < 0 && Posix.errno() != Errno.EINTR) {
                throw new PosixException(name, Posix.errno());
            }
        }
    }

    private void retryOrThrow() throws PosixException {
        int errno = Posix.errno();
        if (errno != Errno.EINTR) {
            throw new PosixException(name, errno);
        }
    }

    @Override
    public String toString() {
        return name + " (fd " + fd + ")";
    }
}
