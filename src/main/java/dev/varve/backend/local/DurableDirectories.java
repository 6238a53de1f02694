package dev.varve.backend.local;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Directories whose own entries are durable. A directory is forced into its parent the first time this process uses it,
 * whoever made it: another process may have made it a moment ago and not come to forcing it yet. Thread safe. Memory: one
 * path for each directory used.
 */
final class DurableDirectories {
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path root;
    private final Set<Path> durable = ConcurrentHashMap.newKeySet();

    DurableDirectories(Path root) {
        this.root = root;
    }

    /** Makes a directory under the root, and those between, durably. */
    void ensure(Path directory) throws IOException {
        if (directory.equals(root) || durable.contains(directory)) {
            return;
        }
        ensure(directory.getParent());
        create(directory);
        force(directory.getParent());
        durable.add(directory);
    }

    /** Makes the entries of a directory durable. */
    void force(Path directory) throws IOException {
        forceEntries(directory);
    }

    /** Makes a directory and all above it, durably. */
    static void createAll(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.getParent();
        if (parent != null) {
            createAll(parent);
        }
        try {
            create(directory);
            forceEntries(parent);
        } catch (IOException e) {
            throw LocalErrors.writing(directory, 0, e);
        }
    }

    private static void create(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, PRIVATE);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    private static void forceEntries(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
