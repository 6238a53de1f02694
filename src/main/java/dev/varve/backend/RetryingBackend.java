package dev.varve.backend;

import dev.varve.model.AlreadyExistsException;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Another backend whose passing failures are waited out. A store that failed may have been carried out all the same: when its
 * repetition finds the name taken by the very content that it was to store, that is its own success. (Two writers of one
 * content under one name may so both succeed, which harms neither.) A listing is repeated only while it has shown nothing: a
 * backend with long listings repeats their parts itself. Thread safe as the other one is. Memory: 64 KiB while contents are compared.
 */
public final class RetryingBackend extends ForwardingBackend {
    private static final int COMPARED_BYTES = 64 << 10;

    private final Retries retries;

    public RetryingBackend(Backend inner, Retries retries) {
        super(inner);
        this.retries = retries;
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        int start = content.position();
        retries.call(repeated -> {
            try {
                inner.put(name, content.position(start));
            } catch (AlreadyExistsException e) {
                ByteBuffer wanted = content.duplicate().position(start);
                if (!repeated || !isStored(name, wanted.remaining(), sha256(wanted))) {
                    throw e;
                }
            }
            return null;
        });
        content.position(content.limit());
    }

    @Override
    public ObjectWriter create(PackKind kind) throws IOException {
        return new Writer(retries.call(repeated -> inner.create(kind)));
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        int start = target.position();
        return retries.call(repeated -> inner.read(name, offset, target.position(start)));
    }

    @Override
    public long size(String name) throws IOException {
        return retries.call(repeated -> inner.size(name));
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        AtomicBoolean shown = new AtomicBoolean();
        IOException[] broken = new IOException[1];
        retries.call(repeated -> {
            try {
                inner.list(prefix, object -> {
                    shown.set(true);
                    visitor.accept(object);
                });
            } catch (IOException e) {
                if (!shown.get()) {
                    throw e;
                }
                broken[0] = e;
            }
            return null;
        });
        if (broken[0] != null) {
            throw broken[0];
        }
    }

    @Override
    public void settle(Collection<String> names) throws IOException {
        retries.call(repeated -> {
            inner.settle(names);
            return null;
        });
    }

    @Override
    public Availability availability(String name) throws IOException {
        return retries.call(repeated -> inner.availability(name));
    }

    @Override
    public void recall(String name, int days) throws IOException {
        retries.call(repeated -> {
            inner.recall(name, days);
            return null;
        });
    }

    @Override
    public void delete(String name) throws IOException {
        retries.call(repeated -> {
            inner.delete(name);
            return null;
        });
    }

    private boolean isStored(String name, long length, byte[] sha256) throws IOException {
        if (size(name) != length) {
            return false;
        }
        MessageDigest digest = newSha256();
        ByteBuffer piece = ByteBuffer.allocate(COMPARED_BYTES);
        for (long offset = 0; offset < length; ) {
            int count = read(name, offset, piece.clear());
            if (count == 0) {
                return false;
            }
            digest.update(piece.flip());
            offset += count;
        }
        return MessageDigest.isEqual(digest.digest(), sha256);
    }

    private static byte[] sha256(ByteBuffer content) {
        MessageDigest digest = newSha256();
        digest.update(content);
        return digest.digest();
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Hashes what it writes, so that it can be told from what another stored under the name. */
    private final class Writer implements ObjectWriter {
        private final ObjectWriter object;
        private final MessageDigest digest = newSha256();

        Writer(ObjectWriter object) {
            this.object = object;
        }

        @Override
        public void write(ByteBuffer content) throws IOException {
            ByteBuffer whole = content.duplicate();
            retries.call(repeated -> {
                object.write(content);
                return null;
            });
            digest.update(whole);
        }

        @Override
        public long position() {
            return object.position();
        }

        @Override
        public void commit(String name) throws IOException {
            long length = object.position();
            retries.call(repeated -> {
                try {
                    object.commit(name);
                } catch (AlreadyExistsException e) {
                    if (!repeated || !isStored(name, length, digest.digest())) {
                        throw e;
                    }
                }
                return null;
            });
        }

        @Override
        public void close() throws IOException {
            object.close();
        }
    }
}
