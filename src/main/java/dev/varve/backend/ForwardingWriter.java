package dev.varve.backend;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Another object in the making; what a decorator changes it overrides. */
public abstract class ForwardingWriter implements ObjectWriter {
    protected final ObjectWriter object;

    protected ForwardingWriter(ObjectWriter object) {
        this.object = object;
    }

    @Override
    public void write(ByteBuffer content) throws IOException {
        object.write(content);
    }

    @Override
    public long position() {
        return object.position();
    }

    @Override
    public void commit(String name) throws IOException {
        object.commit(name);
    }

    @Override
    public void close() throws IOException {
        object.close();
    }
}
