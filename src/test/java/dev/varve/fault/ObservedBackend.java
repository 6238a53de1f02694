package dev.varve.fault;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.function.Consumer;

/** Tells of every object that was put, when it is there, and of every read and commit before it is made. */
final class ObservedBackend implements Backend {
    private final Backend inner;
    private final Observer observer;

    interface Observer {
        default void put(String name) throws IOException {}

        default void reading(String name) throws IOException {}

        default void committing(String name) throws IOException {}
    }

    ObservedBackend(Backend inner, Observer observer) {
        this.inner = inner;
        this.observer = observer;
    }

    @Override
    public String describe() {
        return inner.describe();
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        inner.put(name, content);
        observer.put(name);
    }

    @Override
    public ObjectWriter create() throws IOException {
        ObjectWriter writer = inner.create();
        return new ObjectWriter() {
            @Override
            public void write(ByteBuffer content) throws IOException {
                writer.write(content);
            }

            @Override
            public long position() {
                return writer.position();
            }

            @Override
            public void commit(String name) throws IOException {
                observer.committing(name);
                writer.commit(name);
            }

            @Override
            public void close() throws IOException {
                writer.close();
            }
        };
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        observer.reading(name);
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
    public void delete(String name) throws IOException {
        inner.delete(name);
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }
}
