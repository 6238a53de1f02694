package dev.varve.testing;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.StoredObject;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Lets others do something before an operation: what a test can't have by running them one after another. */
public final class InterruptedBackend implements Backend {
    private final Backend inner;
    private Interruption interruption = () -> {};
    private boolean inside;

    public InterruptedBackend(Backend inner) {
        this.inner = inner;
    }

    /** What happens before an operation, on the thread that makes it; its own operations are not interrupted. */
    @FunctionalInterface
    public interface Interruption {
        void happen() throws IOException;
    }

    public void interruptWith(Interruption other) {
        interruption = other;
    }

    private void before() throws IOException {
        if (!inside) {
            inside = true;
            try {
                interruption.happen();
            } finally {
                inside = false;
            }
        }
    }

    @Override
    public String describe() {
        return inner.describe();
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        before();
        inner.put(name, content);
    }

    @Override
    public ObjectWriter create(PackKind kind) throws IOException {
        return inner.create(kind);
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        before();
        return inner.read(name, offset, target);
    }

    @Override
    public long size(String name) throws IOException {
        return inner.size(name);
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        before();
        inner.list(prefix, visitor);
    }

    @Override
    public void delete(String name) throws IOException {
        before();
        inner.delete(name);
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }
}
