package dev.varve.fault;

import dev.varve.backend.Backend;
import dev.varve.backend.ForwardingBackend;
import dev.varve.backend.ForwardingWriter;
import dev.varve.backend.ObjectWriter;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Tells of every object that was put, when it is there, and of every read and commit before it is made. */
final class ObservedBackend extends ForwardingBackend {
    private final Observer observer;

    interface Observer {
        default void put(String name) throws IOException {}

        default void reading(String name) throws IOException {}

        default void committing(String name) throws IOException {}
    }

    ObservedBackend(Backend inner, Observer observer) {
        super(inner);
        this.observer = observer;
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        inner.put(name, content);
        observer.put(name);
    }

    @Override
    public ObjectWriter create(PackKind kind) throws IOException {
        return new ForwardingWriter(inner.create(kind)) {
            @Override
            public void commit(String name) throws IOException {
                observer.committing(name);
                super.commit(name);
            }
        };
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        observer.reading(name);
        return inner.read(name, offset, target);
    }
}
