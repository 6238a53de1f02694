package dev.varve.backend;

import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.function.Consumer;

/** Another backend; what a decorator changes it overrides. Thread safe as the other one is. */
public abstract class ForwardingBackend implements Backend {
    protected final Backend inner;

    protected ForwardingBackend(Backend inner) {
        this.inner = inner;
    }

    @Override
    public String describe() {
        return inner.describe();
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        inner.put(name, content);
    }

    @Override
    public ObjectWriter create(PackKind kind) throws IOException {
        return inner.create(kind);
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        return inner.read(name, offset, target);
    }

    @Override
    public long size(String name) throws IOException {
        return inner.size(name);
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        inner.list(prefix, visitor);
    }

    @Override
    public void settle(Collection<String> names) throws IOException {
        inner.settle(names);
    }

    @Override
    public Availability availability(String name) throws IOException {
        return inner.availability(name);
    }

    @Override
    public void recall(String name, int days) throws IOException {
        inner.recall(name, days);
    }

    @Override
    public int parallelReads() {
        return inner.parallelReads();
    }

    @Override
    public void delete(String name) throws IOException {
        inner.delete(name);
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }
}
