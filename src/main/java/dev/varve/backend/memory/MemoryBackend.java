package dev.varve.backend.memory;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.StoredObject;
import dev.varve.bytes.ByteWriter;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/** Objects in memory, for tests and trials. Thread safe. Memory: every object. */
public final class MemoryBackend implements Backend {
    private final ConcurrentSkipListMap<String, byte[]> objects = new ConcurrentSkipListMap<>();

    @Override
    public String describe() {
        return "memory";
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        byte[] bytes = new byte[content.remaining()];
        content.get(bytes);
        putBytes(name, bytes);
    }

    private void putBytes(String name, byte[] bytes) throws AlreadyExistsException {
        if (objects.putIfAbsent(ObjectNames.requireValid(name), bytes) != null) {
            throw new AlreadyExistsException("memory: " + name + " exists already");
        }
    }

    @Override
    public ObjectWriter create(PackKind kind) {
        return new Writer();
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        byte[] bytes = bytes(name);
        if (offset < 0) {
            throw new IllegalArgumentException("negative offset " + offset);
        }
        int count = (int) Math.max(0, Math.min(target.remaining(), bytes.length - offset));
        if (count > 0) {
            target.put(bytes, (int) offset, count);
        }
        return count;
    }

    @Override
    public long size(String name) throws IOException {
        return bytes(name).length;
    }

    private byte[] bytes(String name) throws NotFoundException {
        byte[] bytes = objects.get(ObjectNames.requireValid(name));
        if (bytes == null) {
            throw new NotFoundException("memory: there is no " + name);
        }
        return bytes;
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) {
        for (Map.Entry<String, byte[]> entry : objects.tailMap(prefix).entrySet()) {
            if (!entry.getKey().startsWith(prefix)) {
                return;
            }
            visitor.accept(new StoredObject(entry.getKey(), entry.getValue().length));
        }
    }

    @Override
    public void delete(String name) {
        objects.remove(ObjectNames.requireValid(name));
    }

    @Override
    public void close() {}

    private final class Writer implements ObjectWriter {
        private ByteWriter content = new ByteWriter();

        @Override
        public void write(ByteBuffer more) {
            open().bytes(more);
            more.position(more.limit());
        }

        @Override
        public long position() {
            return open().position();
        }

        @Override
        public void commit(String name) throws IOException {
            putBytes(name, open().toByteArray());
            content = null;
        }

        @Override
        public void close() {
            content = null;
        }

        private ByteWriter open() {
            if (content == null) {
                throw new IllegalStateException("the object is committed or dropped");
            }
            return content;
        }
    }
}
