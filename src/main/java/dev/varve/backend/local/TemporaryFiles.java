package dev.varve.backend.local;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Unfinished objects in {@code tmp/}. Each is locked by its process while it is in the making, so that what a dead process
 * left behind can be told from what lives: whoever gets the lock removes the file. Names begin with the process, since a
 * POSIX lock does not keep its own process out (and would be lost by trying). Where locks do not work, files older than
 * {@link #STALE_AFTER} are removed. Thread safe.
 */
final class TemporaryFiles {
    static final Duration STALE_AFTER = Duration.ofDays(3);

    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final String RESERVATION_PREFIX = "reserve-";
    private static final Duration RESERVATION_STALE_AFTER = Duration.ofHours(1);
    private static final int ATTEMPTS = 100;

    private final Path directory;
    private final DurableDirectories directories;
    private final String processPrefix;
    private boolean swept;

    TemporaryFiles(Path directory, DurableDirectories directories) {
        this.directory = directory;
        this.directories = directories;
        this.processPrefix = processPrefix();
    }

    /** An open, empty, locked file. The first call of a backend sweeps away what dead processes left. */
    TemporaryFile create() throws IOException {
        try {
            directories.ensure(directory);
            sweepOnce();
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                Path path = directory.resolve(processPrefix
                        + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()));
                FileChannel channel = FileChannel.open(
                        path,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
                        PRIVATE);
                if (lock(channel) && Files.exists(path)) {
                    return new TemporaryFile(path, channel);
                }
                // Someone's sweep took it between our making and locking it.
                channel.close();
            }
            throw new IOException("other processes remove our files in " + directory);
        } catch (IOException e) {
            throw LocalErrors.writing(directory, 0, e);
        }
    }

    /** Where a rename to {@code target} is reserved; not locked, and swept when an hour old. */
    Path reservation(Path target) {
        return directory.resolve(RESERVATION_PREFIX + target.getParent().getFileName() + "-" + target.getFileName());
    }

    private synchronized void sweepOnce() throws IOException {
        if (swept) {
            return;
        }
        swept = true;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.startsWith(RESERVATION_PREFIX)) {
                    removeIfOlder(entry, RESERVATION_STALE_AFTER);
                } else if (!name.startsWith(processPrefix)) {
                    removeIfAbandoned(entry);
                }
            }
        }
    }

    private static void removeIfAbandoned(Path entry) throws IOException {
        try (FileChannel channel = FileChannel.open(entry, StandardOpenOption.WRITE)) {
            FileLock lock = tryLock(channel);
            if (lock != null) {
                Files.deleteIfExists(entry);
                lock.release();
            }
        } catch (NoSuchFileException e) {
            // Its owner finished it, or another sweep was faster: either way it is gone.
            return;
        } catch (LocksDoNotWorkException e) {
            removeIfOlder(entry, STALE_AFTER);
        }
    }

    private static void removeIfOlder(Path entry, Duration age) throws IOException {
        try {
            Instant written = Files.getLastModifiedTime(entry).toInstant();
            if (written.isBefore(Instant.now().minus(age))) {
                Files.deleteIfExists(entry);
            }
        } catch (NoSuchFileException e) {
            // Gone already, which is what we want.
            return;
        }
    }

    /** Whether nobody else holds it; true where locks do not work at all. */
    private static boolean lock(FileChannel channel) throws IOException {
        try {
            return tryLock(channel) != null;
        } catch (LocksDoNotWorkException e) {
            return true;
        }
    }

    private static FileLock tryLock(FileChannel channel) throws LocksDoNotWorkException {
        try {
            return channel.tryLock();
        } catch (IOException e) {
            throw new LocksDoNotWorkException(e);
        }
    }

    private static String processPrefix() {
        ProcessHandle self = ProcessHandle.current();
        long started = self.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        return self.pid() + "-" + Long.toHexString(started) + "-";
    }

    /** A network file system that was mounted without locks. */
    private static final class LocksDoNotWorkException extends IOException {
        private static final long serialVersionUID = 1L;

        LocksDoNotWorkException(IOException cause) {
            super(cause);
        }
    }
}
