package dev.varve.backend.local;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.StoredObject;
import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Objects as files of a local directory, 0600 in directories 0700 (docs/format.md, "Repository directory"). An object is
 * written to {@code tmp/}, forced, linked to its name without replacing anything, and its directory forced: exactly one of
 * several racing writers wins, in one process or many, and what is visible is whole and durable. Thread safe; any number
 * of processes may use the directory. Memory and file handles: at most {@link ChannelCache#CAPACITY} open files.
 */
public final class LocalBackend implements Backend {
    private final Path root;
    private final DurableDirectories directories;
    private final TemporaryFiles temporaries;
    private final ChannelCache channels = new ChannelCache();
    private final Publication publication;

    private LocalBackend(Path root, boolean hardLinks) {
        this.root = root;
        this.directories = new DurableDirectories(root);
        this.temporaries = new TemporaryFiles(root.resolve(ObjectNames.TEMPORARY), directories);
        this.publication = new Publication(temporaries, directories, hardLinks);
    }

    /** Uses a directory that exists. @throws NotFoundException if there is none */
    public static LocalBackend open(Path root) throws IOException {
        return open(root, true);
    }

    /** @param hardLinks false for a file system that has none; found out by itself otherwise */
    static LocalBackend open(Path root, boolean hardLinks) throws IOException {
        if (!Files.isDirectory(root)) {
            throw new NotFoundException(root + ": no such directory; make a repository there with varve init");
        }
        return new LocalBackend(root.toAbsolutePath(), hardLinks);
    }

    /** Makes the directory, and those above it, where they are missing. */
    public static LocalBackend create(Path root) throws IOException {
        Path absolute = root.toAbsolutePath();
        DurableDirectories.createAll(absolute);
        return open(absolute);
    }

    @Override
    public String describe() {
        return root.toString();
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        try (ObjectWriter writer = newWriter()) {
            writer.write(content);
            writer.commit(name);
        }
    }

    @Override
    public ObjectWriter create(PackKind kind) throws IOException {
        return newWriter();
    }

    private ObjectWriter newWriter() throws IOException {
        return new LocalObjectWriter(root, temporaries.create(), publication);
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        return channels.read(path(name), offset, target);
    }

    @Override
    public long size(String name) throws IOException {
        Path path = path(name);
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new NotFoundException(path + ": there is no such object");
            }
            return attributes.size();
        } catch (IOException e) {
            throw LocalErrors.reading(path, e);
        }
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        int slash = prefix.lastIndexOf('/');
        String directory = slash < 0 ? "" : prefix.substring(0, slash);
        if (!directory.isEmpty()) {
            ObjectNames.requireValid(directory);
        }
        if (!Files.isDirectory(root)) {
            throw new BackendException(root + ": the directory is gone; is its disk mounted?", false, null);
        }
        list(root.resolve(directory), directory.isEmpty() ? "" : directory + "/", prefix, visitor);
    }

    /** Entries that vanish while we look were deleted by someone else: they are not listed. */
    private void list(Path directory, String parentName, String prefix, Consumer<StoredObject> visitor)
            throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = parentName + entry.getFileName();
                if (!ObjectNames.isValid(name) || !(name.startsWith(prefix) || prefix.startsWith(name + "/"))) {
                    continue;
                }
                BasicFileAttributes attributes = attributesOrNull(entry);
                if (attributes == null) {
                    continue;
                }
                if (attributes.isDirectory()) {
                    list(entry, name + "/", prefix, visitor);
                } else if (attributes.isRegularFile()) {
                    visitor.accept(new StoredObject(name, attributes.size()));
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return;
        } catch (DirectoryIteratorException e) {
            throw LocalErrors.reading(directory, e.getCause());
        } catch (IOException e) {
            throw LocalErrors.reading(directory, e);
        }
    }

    private static BasicFileAttributes attributesOrNull(Path entry) throws IOException {
        try {
            return Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Forces the directories of the objects, and where these are entered: the contents were forced before they were named. */
    @Override
    public void settle(Collection<String> names) throws IOException {
        Set<Path> parents = new TreeSet<>();
        for (String name : names) {
            parents.add(path(name).getParent());
        }
        for (Path parent : parents) {
            try {
                directories.ensure(parent);
                directories.force(parent);
            } catch (IOException e) {
                throw LocalErrors.writing(parent, 0, e);
            }
        }
    }

    @Override
    public void delete(String name) throws IOException {
        Path path = path(name);
        channels.forget(path);
        try {
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                return; // part of other objects' names, and no object
            }
            if (Files.deleteIfExists(path)) {
                directories.force(path.getParent());
            }
        } catch (IOException e) {
            throw LocalErrors.writing(path, 0, e);
        }
    }

    private Path path(String name) {
        return root.resolve(ObjectNames.requireValid(name));
    }

    @Override
    public void close() throws IOException {
        channels.close();
    }
}
