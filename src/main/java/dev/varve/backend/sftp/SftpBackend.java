package dev.varve.backend.sftp;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.Patience;
import dev.varve.backend.Retries;
import dev.varve.backend.StoredObject;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.function.Consumer;

/**
 * Objects as files of a directory on an SSH server, 0600 in directories 0700, laid out as in a local repository. An object is
 * written to {@code tmp/}, forced where the server can ({@code fsync@openssh.com}), and linked or renamed to its name without
 * replacing anything: exactly one of several racing writers wins. (OpenSSH does both by {@code link(2)}; on a file system that
 * has no links its rename looks first and then renames, so two writers of one name within that moment could both win.) A
 * directory can't be forced over SFTP: a removal may come back after the server's power cut. Failures of the connection may be
 * repeated. Thread safe. Memory: what is under way; see {@link SftpObjectWriter}.
 */
public final class SftpBackend implements Backend {
    /** Several in each channel, which asks for what one needs while the answers to others come. */
    private static final int PARALLEL_READS = 32;

    private final SshConnector connector;
    private final String root;
    private final SftpChannels channels;
    private final SftpDirectories directories;
    private final SftpTemporaries temporaries;
    private final SftpListing listing;

    private SftpBackend(SshConnector connector, String root, Retries retries) {
        this.connector = connector;
        this.root = root;
        this.channels = new SftpChannels(connector);
        this.directories = new SftpDirectories(root);
        this.temporaries = new SftpTemporaries(root);
        this.listing = new SftpListing(this, retries);
    }

    /**
     * Connects, and uses a directory that exists.
     *
     * @throws NotFoundException if there is none
     */
    public static SftpBackend open(SftpLocation location, Patience patience) throws IOException {
        return open(SshConnector.of(location, patience), location.path(), patience.retries());
    }

    /** @param retries for the parts of a listing */
    static SftpBackend open(SshConnector connector, String root, Retries retries) throws IOException {
        return begin(connector, root, retries, (backend, files) -> {
            if (!files.isDirectory(root)) {
                throw new NotFoundException(
                        connector.place() + ": no such directory; make a repository there with varve init");
            }
        });
    }

    /** Connects, and makes the directory, those above it, and those that a repository has, where they are missing. */
    public static SftpBackend create(SftpLocation location, Retries retries) throws IOException {
        return create(SshConnector.of(location, Patience.PATIENT), location.path(), retries);
    }

    static SftpBackend create(SshConnector connector, String root, Retries retries) throws IOException {
        return begin(connector, root, retries, (backend, files) -> {
            try {
                backend.directories.makeRoot(files);
                backend.directories.makeAll(files);
            } catch (IOException e) {
                throw backend.writing(files, root, 0, e);
            }
        });
    }

    private interface Beginning {
        void begin(SftpBackend backend, SftpFiles files) throws IOException;
    }

    private static SftpBackend begin(SshConnector connector, String root, Retries retries, Beginning beginning)
            throws IOException {
        SftpBackend backend = new SftpBackend(connector, root, retries);
        try {
            SftpFiles files = backend.take();
            try {
                beginning.begin(backend, files);
            } finally {
                backend.give(files);
            }
        } catch (IOException | RuntimeException e) {
            backend.close();
            throw e;
        }
        return backend;
    }

    @Override
    public String describe() {
        return connector.place();
    }

    /** The address of a path below the root, for messages. */
    String describe(String path) {
        return connector.place() + path.substring(root.length());
    }

    String root() {
        return root;
    }

    String path(String name) {
        return root + "/" + ObjectNames.requireValid(name);
    }

    SftpDirectories directories() {
        return directories;
    }

    SftpFiles take() throws IOException {
        return new SftpFiles(channels.take());
    }

    void give(SftpFiles files) {
        channels.give(files.channel());
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        ObjectNames.requireValid(name);
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
        SftpFiles files = take();
        String path = temporaries.newPath();
        try {
            directories.ensureParent(files, path);
            byte[] handle = files.create(path);
            temporaries.sweepOnce(files, handle);
            return new SftpObjectWriter(this, path, files, handle);
        } catch (IOException e) {
            IOException named = writing(files, path, 0, e);
            give(files);
            throw named;
        }
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        String path = path(name);
        SftpFiles files = take();
        try {
            return files.read(path, offset, target);
        } catch (IOException e) {
            throw reading(files, path, e);
        } finally {
            give(files);
        }
    }

    @Override
    public long size(String name) throws IOException {
        String path = path(name);
        SftpFiles files = take();
        try {
            SftpAttributes attributes = files.status(path);
            if (attributes.isDirectory()) {
                throw new NotFoundException(describe(path) + ": there is no such object");
            }
            return attributes.sizeBytes();
        } catch (IOException e) {
            throw reading(files, path, e);
        } finally {
            give(files);
        }
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        listing.list(prefix, visitor);
    }

    /**
     * Forces a file made for that: the journals of ext4 and XFS are written in order, so every name that was given before is
     * durable then, too. (Forcing each object would be thousands of requests after the first listing of a repository.)
     */
    @Override
    public void settle(Collection<String> names) throws IOException {
        if (names.isEmpty()) {
            return;
        }
        SftpFiles files = take();
        String path = temporaries.newPath();
        try {
            directories.ensureParent(files, path);
            byte[] handle = files.create(path);
            files.force(handle);
            files.close(handle);
            SftpTemporaries.remove(files, path);
        } catch (IOException e) {
            throw writing(files, path, 0, e);
        } finally {
            give(files);
        }
    }

    @Override
    public int parallelReads() {
        return PARALLEL_READS;
    }

    @Override
    public void delete(String name) throws IOException {
        String path = path(name);
        SftpFiles files = take();
        try {
            files.remove(path);
        } catch (SftpStatusException e) {
            if (e.code() != SftpProtocol.NO_SUCH_FILE && !files.isDirectory(path)) {
                throw writing(files, path, 0, e);
            }
        } catch (IOException e) {
            throw writing(files, path, 0, e);
        } finally {
            give(files);
        }
    }

    /** A directory can be opened but not read: it is part of other objects' names, and no object. */
    private IOException reading(SftpFiles files, String path, IOException e) throws IOException {
        if (e instanceof SftpStatusException status
                && status.code() == SftpProtocol.FAILURE
                && files.isDirectory(path)) {
            NotFoundException missing = new NotFoundException(describe(path) + ": there is no such object");
            missing.initCause(e);
            return missing;
        }
        return SftpErrors.reading(describe(path), e);
    }

    IOException writing(SftpFiles files, String path, long bytes, IOException e) throws IOException {
        boolean unclear = e instanceof SftpStatusException status && status.code() == SftpProtocol.FAILURE;
        return SftpErrors.writing(describe(path), bytes, unclear ? files.freeBytes(root) : -1, e);
    }

    @Override
    public void close() {
        channels.close();
    }
}
