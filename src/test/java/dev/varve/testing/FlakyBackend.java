package dev.varve.testing;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.StoredObject;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Random;
import java.util.function.Consumer;

/**
 * A backend at the end of a bad line: some calls fail before they reach it, others are carried out and their answer is lost, reads
 * break off in the middle. All those failures may be repeated. Seeded. Thread safe.
 */
public final class FlakyBackend implements Backend {
    private final Backend inner;
    private final Random random;
    private final double probability;
    private int failures;

    /** @param probability of each kind of failure, for each call */
    public FlakyBackend(Backend inner, long seed, double probability) {
        this.inner = inner;
        this.random = new Random(seed);
        this.probability = probability;
    }

    public synchronized int failures() {
        return failures;
    }

    private synchronized boolean strikes() {
        boolean strikes = random.nextDouble() < probability;
        failures += strikes ? 1 : 0;
        return strikes;
    }

    private void mayFail(String what) throws BackendException {
        if (strikes()) {
            throw new BackendException("injected: " + what + ": connection reset", true, null);
        }
    }

    @Override
    public String describe() {
        return "flaky " + inner.describe();
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        mayFail("put " + name);
        inner.put(name, content);
        mayFail("put " + name + ", after it was stored");
    }

    @Override
    public ObjectWriter create(PackKind kind) throws IOException {
        mayFail("create");
        return new Writer(inner.create(kind));
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        mayFail("read " + name);
        int count = inner.read(name, offset, target);
        if (strikes()) {
            target.position(target.position() - count / 2);
            throw new BackendException("injected: read " + name + " broke off", true, null);
        }
        return count;
    }

    @Override
    public long size(String name) throws IOException {
        mayFail("size " + name);
        return inner.size(name);
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        mayFail("list " + prefix);
        inner.list(prefix, visitor);
    }

    @Override
    public void settle(Collection<String> names) throws IOException {
        mayFail("settle");
        inner.settle(names);
    }

    @Override
    public void delete(String name) throws IOException {
        mayFail("delete " + name);
        inner.delete(name);
        mayFail("delete " + name + ", after it was done");
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }

    private final class Writer implements ObjectWriter {
        private final ObjectWriter object;
        private String stored;

        Writer(ObjectWriter object) {
            this.object = object;
        }

        @Override
        public void write(ByteBuffer content) throws IOException {
            mayFail("write");
            if (strikes()) {
                int limit = content.limit();
                object.write(content.limit(content.position() + content.remaining() / 2));
                content.limit(limit);
                throw new BackendException("injected: write broke off", true, null);
            }
            object.write(content);
        }

        @Override
        public long position() {
            return object.position();
        }

        @Override
        public void commit(String name) throws IOException {
            mayFail("commit " + name);
            if (name.equals(stored)) {
                throw new AlreadyExistsException("injected: " + name + " exists already");
            }
            object.commit(name);
            if (strikes()) {
                stored = name;
                throw new BackendException("injected: commit " + name + ", after it was stored", true, null);
            }
        }

        @Override
        public void close() throws IOException {
            object.close();
        }
    }
}
