package dev.varve.tier;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.model.CorruptException;
import dev.varve.posix.ProcessLock;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * How many bytes the cache takes, as all processes together count them: a number in the file {@code usage}, changed under
 * the file lock {@code lock}, which is held for moments only. Whoever wants to store first reserves room here, so the sum
 * never passes the limit. A kill or a power cut may leave the number wrong; counting the files puts it right. Thread safe.
 */
final class Usage {
    private static final int BYTES = Long.BYTES + Integer.BYTES;

    private static final long LOCK_WAIT_NANOS = 1_000_000_000;

    private final Path lockFile;
    private final Path file;
    private volatile boolean uncertain = true;

    Usage(Path directory) {
        lockFile = directory.resolve("lock");
        file = directory.resolve("usage");
    }

    /** Whether the files should be counted: nobody did since this was opened, or the number was found missing or damaged. */
    boolean uncertain() {
        return uncertain;
    }

    /** Adds to the number if it does not pass the limit by that. @return the new number, or −1 */
    long reserve(long bytes, long limit) throws IOException {
        try (ProcessLock lock = lock()) {
            long used = load() + bytes;
            if (used > limit) {
                return -1;
            }
            save(used);
            return used;
        }
    }

    void release(long bytes) throws IOException {
        try (ProcessLock lock = lock()) {
            save(Math.max(0, load() - bytes));
        }
    }

    long used() throws IOException {
        try (ProcessLock lock = lock()) {
            return load();
        }
    }

    /**
     * Puts the number right.
     *
     * @param counted bytes of the files that were found
     * @param before the number when counting began; what was reserved since then is added to what was found
     * @return the new number
     */
    long correct(long counted, long before) throws IOException {
        try (ProcessLock lock = lock()) {
            long used = counted + Math.max(0, load() - before);
            save(used);
            uncertain = false;
            return used;
        }
    }

    /** A process that was stopped while it had the lock must not stop ours: then nothing is stored. */
    private ProcessLock lock() throws IOException {
        long begin = System.nanoTime();
        while (true) {
            ProcessLock lock = ProcessLock.tryAcquire(lockFile);
            if (lock != null) {
                return lock;
            }
            if (System.nanoTime() - begin > LOCK_WAIT_NANOS) {
                throw new IOException("another process does not let go of " + lockFile);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for " + lockFile);
            }
        }
    }

    private long load() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            FileBytes.readUpTo(channel, 0, bytes);
            ByteReader reader = ByteReader.of(file.toString(), bytes.flip());
            long used = reader.u64();
            if (used < 0 || reader.i32() != checksum(used)) {
                throw reader.corrupt("checksum does not match");
            }
            return used;
        } catch (NoSuchFileException | CorruptException e) {
            uncertain = true; // so it is counted anew
            return 0;
        }
    }

    private void save(long used) throws IOException {
        ByteBuffer bytes = new ByteWriter(BYTES).u64(used).i32(checksum(used)).toBuffer();
        try (FileChannel channel = FileBytes.openPrivate(file, StandardOpenOption.CREATE)) {
            FileBytes.writeFully(channel, bytes);
        }
    }

    private static int checksum(long used) {
        return new ByteWriter(BYTES).u64(used).crc32c(0);
    }
}
