package dev.varve.repository;

import dev.varve.backend.ObjectNames;
import dev.varve.model.BackendException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.Set;

/**
 * A file beside the packs that only takes room, so that snapshots can be forgotten and pruned on a disk that is full: both write a
 * little before they free anything. Its bytes are random, so that no file system compresses them away. For local directories;
 * elsewhere it does nothing.
 */
public final class Reserve {
    public static final int BYTES = 32 << 20;

    /** With less room than this the reserve is given up. */
    private static final long SHORT_BYTES = 16 << 20;

    private static final int STEP = 1 << 20;

    private final Path directory;

    /** @param directory of the repository; null when it is not a local one */
    Reserve(Path directory) {
        this.directory = directory;
    }

    private Path file() {
        return directory.resolve(ObjectNames.RESERVE);
    }

    public boolean isThere() {
        return directory != null && Files.exists(file());
    }

    /** Bytes that may be written; −1 when that can't be known. */
    public long usableBytes() throws IOException {
        if (directory == null) {
            return -1;
        }
        try {
            return Files.getFileStore(directory).getUsableSpace();
        } catch (IOException e) {
            throw new BackendException(directory + ": its free space can't be found out: " + e.getMessage(), false, e);
        }
    }

    /** Gives its room away if there is hardly any other. */
    public void releaseIfShort() throws IOException {
        if (isThere() && usableBytes() < SHORT_BYTES) {
            try {
                Files.deleteIfExists(file());
            } catch (IOException e) {
                throw new BackendException(file() + ": cannot be deleted to make room: " + e.getMessage(), false, e);
            }
        }
    }

    /**
     * Makes it if it is missing and there is room for twice as much. One that can't be made is no error: it is tried again by the
     * next prune.
     *
     * @return whether it is there
     */
    public boolean restore() throws IOException {
        if (directory == null || isThere()) {
            return isThere();
        }
        if (usableBytes() < 2L * BYTES) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(
                file(),
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            fill(channel);
        } catch (FileAlreadyExistsException e) {
            return true; // another process was faster
        } catch (IOException e) {
            Files.deleteIfExists(file());
            return false;
        }
        return true;
    }

    private static void fill(FileChannel channel) throws IOException {
        byte[] step = new byte[STEP];
        Random random = new Random();
        for (int written = 0; written < BYTES; written += STEP) {
            random.nextBytes(step);
            ByteBuffer content = ByteBuffer.wrap(step);
            while (content.hasRemaining()) {
                channel.write(content);
            }
        }
        channel.force(true);
    }
}
