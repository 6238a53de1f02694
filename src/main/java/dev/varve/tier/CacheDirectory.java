package dev.varve.tier;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * The files of the cache (docs/format.md, "Read cache"). A file appears whole, under its name, and never changes; only its
 * time does, which says when it was last used. Nothing is forced: what a power cut tears does not authenticate and is a
 * miss. Several processes may work on it at once; what another one has removed meanwhile is no error. Thread safe.
 */
final class CacheDirectory {
    /** Nobody takes that long to write a frame, so what is older was left by a process that was killed. */
    static final Duration TEMPORARY_STALE_AFTER = Duration.ofHours(1);

    private static final Pattern GROUP = Pattern.compile("[0-9a-f]{2}");
    private static final String TEMPORARY_SUFFIX = ".tmp";

    private final Path root;

    /** A file of the cache. */
    record Entry(EntryName name, long sizeBytes, long usedMillis) {}

    CacheDirectory(Path root) {
        this.root = root;
    }

    Path root() {
        return root;
    }

    Path file(EntryName name) {
        String fileName = name.fileName();
        return root.resolve(fileName.substring(0, 2)).resolve(fileName);
    }

    /** Makes the directory (0700) and its parents if missing. */
    void createAll() throws IOException {
        if (!Files.isDirectory(root)) {
            Files.createDirectories(
                    root.toAbsolutePath().normalize(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    /** Makes the directory (0700) if someone deleted it, but nothing above it: the disk may have been taken away. */
    void createAgain() throws IOException {
        create(root);
    }

    private static void create(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        try {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    /** Writes the pieces one behind the other; the file appears when all is written. */
    void store(EntryName name, ByteBuffer[] pieces) throws IOException {
        Path file = file(name);
        create(file.getParent());
        Path temporary = file.resolveSibling(name.fileName() + "."
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()) + TEMPORARY_SUFFIX);
        try {
            try (FileChannel channel = FileBytes.openPrivate(temporary, StandardOpenOption.CREATE_NEW)) {
                FileBytes.writeFully(channel, pieces);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException | Error e) {
            removeAfter(temporary, e);
            throw e;
        }
    }

    private static void removeAfter(Path temporary, Throwable failure) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Says that a frame was used. */
    void touch(EntryName name, Instant now) throws IOException {
        Files.setLastModifiedTime(file(name), FileTime.from(now));
    }

    /** @return the bytes that were freed by it; 0 if it was gone */
    long remove(EntryName name) throws IOException {
        Path file = file(name);
        try {
            long size = Files.size(file);
            return Files.deleteIfExists(file) ? size : 0;
        } catch (NoSuchFileException e) {
            return 0; // another process removed it
        }
    }

    /**
     * Shows every entry to the visitor and removes what killed processes left unfinished.
     *
     * @param stopped asked between files; the scan then ends early
     * @return bytes of files that are still being written
     */
    long scan(Instant now, BooleanSupplier stopped, Consumer<Entry> visitor) throws IOException {
        long[] unfinished = new long[1];
        forEach(root, path -> {
            if (GROUP.matcher(path.getFileName().toString()).matches()) {
                forEach(path, file -> unfinished[0] += stopped.getAsBoolean() ? 0 : look(file, now, visitor));
            }
        });
        return unfinished[0];
    }

    private interface PathVisitor {
        void visit(Path path) throws IOException;
    }

    private static void forEach(Path directory, PathVisitor visitor) throws IOException {
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory)) {
            for (Path path : paths) {
                visitor.visit(path);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return; // someone removed it, or it is not ours
        }
    }

    /** @return the file's bytes if it is being written */
    private long look(Path path, Instant now, Consumer<Entry> visitor) throws IOException {
        String fileName = path.getFileName().toString();
        boolean temporary = fileName.endsWith(TEMPORARY_SUFFIX);
        EntryName name = EntryName.parse(fileName);
        if (!temporary && (name == null || !path.equals(file(name)))) {
            return 0;
        }
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Instant used = attributes.lastModifiedTime().toInstant();
            if (!temporary) {
                visitor.accept(new Entry(name, attributes.size(), used.toEpochMilli()));
                return 0;
            }
            if (used.isBefore(now.minus(TEMPORARY_STALE_AFTER))) {
                Files.deleteIfExists(path);
                return 0;
            }
            return attributes.size();
        } catch (NoSuchFileException e) {
            return 0; // another process removed it
        }
    }
}
