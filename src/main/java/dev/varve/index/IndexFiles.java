package dev.varve.index;

import dev.varve.model.BackendException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.VarveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The few things the index does with files, each done one way: private modes, durable publishing, named errors. */
final class IndexFiles {
    private IndexFiles() {}

    /** Makes the directory (0700) and its parents if missing. */
    static void createDirectory(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            createDirectory(parent);
        }
        createAgain(directory);
    }

    /** Makes the directory (0700) if someone deleted it, but nothing above it: the disk may have been taken away. */
    static void createAgain(Path directory) throws IOException {
        try {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    /** Opens a file (0600) for reading and writing, made anew unless it must only exist. */
    static FileChannel openPrivate(Path file, StandardOpenOption creation) throws IOException {
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, creation),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Gives a file that was forced already its final name, durably. */
    static void publish(Path temporary, Path target) throws IOException {
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel directory = FileChannel.open(target.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /** −1 when even that can't be found out. */
    private static long freeBytes(Path directory) {
        try {
            return Files.getFileStore(directory).getUsableSpace();
        } catch (IOException e) {
            return -1;
        }
    }

    /** The same failure as an error that names what failed and where. */
    static VarveException named(Path directory, IOException failure) {
        if (failure instanceof VarveException varve) {
            return varve;
        }
        String reason = failure instanceof FileSystemException known && known.getReason() != null
                ? known.getReason()
                : String.valueOf(failure.getMessage());
        if (reason.contains("No space left") || reason.contains("quota exceeded")) {
            return new NoSpaceException(
                    "index " + directory + ": disk full: only " + freeBytes(directory) + " bytes free", failure);
        }
        String text = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return new BackendException(
                "index " + directory + ": " + failure.getClass().getSimpleName() + ": " + text, false, failure);
    }
}
