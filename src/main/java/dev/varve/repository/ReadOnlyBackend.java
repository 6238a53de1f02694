package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ForwardingBackend;
import dev.varve.backend.ObjectWriter;
import dev.varve.model.PackKind;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A cold tier that is opened by itself: everything can be read, nothing written, since the repository it belongs to may be in use
 * and would not know. Thread safe.
 */
final class ReadOnlyBackend extends ForwardingBackend {
    ReadOnlyBackend(Backend tier) {
        super(tier);
    }

    private RefusedException refused() {
        return new RefusedException(describe()
                + " is the cold tier of a repository and is only read; write to the repository itself, or, if that is lost,"
                + " make a new one of this tier: varve init --take-over --repo DIR --cold " + describe());
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        throw refused();
    }

    @Override
    public ObjectWriter create(PackKind kind) throws IOException {
        throw refused();
    }

    @Override
    public void delete(String name) throws IOException {
        throw refused();
    }
}
