package dev.varve.backend.s3;

import dev.varve.backend.ObjectNames;
import dev.varve.backend.ObjectWriter;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Keeps what is written until its name is known, since S3 wants the name first; then sends it. A commit that failed may be made
 * again: it sends everything again. Not thread safe. Memory: {@link Spool}.
 */
final class S3ObjectWriter implements ObjectWriter {
    private final S3Backend backend;
    private final String storageClass;
    private final Spool spool = new Spool();
    private boolean closed;

    /** @param storageClass null for the server's default */
    S3ObjectWriter(S3Backend backend, String storageClass) {
        this.backend = backend;
        this.storageClass = storageClass;
    }

    @Override
    public void write(ByteBuffer content) throws IOException {
        requireOpen();
        spool.write(content);
    }

    @Override
    public long position() {
        return spool.length();
    }

    @Override
    public void commit(String name) throws IOException {
        requireOpen();
        backend.store(ObjectNames.requireValid(name), spool, storageClass);
        close();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the object is committed or dropped");
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        spool.close();
    }
}
