package dev.varve.backend.local;

import dev.varve.backend.ObjectNames;
import dev.varve.backend.ObjectWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file in {@code tmp/} until it is committed. Not thread safe. */
final class LocalObjectWriter implements ObjectWriter {
    private final Path root;
    private final TemporaryFile file;
    private final Publication publication;
    private long position;
    private boolean closed;

    LocalObjectWriter(Path root, TemporaryFile file, Publication publication) {
        this.root = root;
        this.file = file;
        this.publication = publication;
    }

    @Override
    public void write(ByteBuffer content) throws IOException {
        requireOpen();
        int wanted = content.remaining();
        try {
            while (content.hasRemaining()) {
                position += file.channel().write(content, position);
            }
        } catch (IOException e) {
            throw LocalErrors.writing(root, wanted, e);
        }
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public void commit(String name) throws IOException {
        requireOpen();
        Path target = root.resolve(ObjectNames.requireValid(name));
        try {
            file.channel().force(true);
            publication.publish(file.path(), target);
        } catch (IOException e) {
            throw LocalErrors.writing(target, position, e);
        }
        close();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the object is committed or dropped");
        }
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        // Removed before the lock goes with the channel, so no sweep meets it.
        try {
            Files.deleteIfExists(file.path());
        } finally {
            file.channel().close();
        }
    }
}
