package dev.varve.testing;

import dev.varve.backend.Backend;
import dev.varve.backend.ForwardingBackend;
import dev.varve.backend.ForwardingWriter;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.StoredObject;
import dev.varve.model.BackendException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A backend that goes wrong as told: full after so many bytes, failing at the Nth operation, crashed (every later call
 * fails, unfinished objects are gone, finished ones stay, those of others only if they were durable), or reading a flipped byte. Thread safe.
 */
public final class FaultyBackend extends ForwardingBackend {
    private static final long NEVER = Long.MAX_VALUE;

    private final Map<String, Long> flips = new HashMap<>();
    private final Set<String> undurable = new HashSet<>();
    private long bytesLeft = NEVER;
    private long operationsLeft = NEVER;
    private boolean crashAtFailure;
    private boolean crashed;
    private int crashes;
    private long operations;

    public FaultyBackend(Backend inner) {
        super(inner);
    }

    /** Writes of more than this many further bytes find the disk full. */
    public synchronized void fullAfterBytes(long bytes) {
        bytesLeft = bytes;
    }

    /** The operation after this many more fails, once, with an I/O error. */
    public synchronized void failAfterOperations(long count) {
        operationsLeft = count;
        crashAtFailure = false;
    }

    /** After this many more operations the power goes: see {@link #crash}. */
    public synchronized void crashAfterOperations(long count) {
        operationsLeft = count;
        crashAtFailure = true;
    }

    /** The power goes now: every call fails until {@link #heal}, and objects in the making are lost for ever. */
    public synchronized void crash() {
        crashed = true;
        crashes++;
        try {
            for (String name : undurable) {
                inner.delete(name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        undurable.clear();
    }

    /** Another writer has named these and not made them durable: the next crash takes them, unless they are settled before. */
    public synchronized void undurable(Collection<String> names) {
        undurable.addAll(names);
    }

    /** Reads of this object show the byte at {@code offset} inverted. */
    public synchronized void flipOnRead(String name, long offset) {
        flips.put(name, offset);
    }

    /** All is well again; what was lost stays lost. */
    public synchronized void heal() {
        crashed = false;
        bytesLeft = NEVER;
        operationsLeft = NEVER;
        flips.clear();
    }

    /** Operations so far, for choosing where to fail. */
    public synchronized long operations() {
        return operations;
    }

    private synchronized void operation(String what, long bytesWritten) throws IOException {
        operations++;
        if (!crashed && operationsLeft-- == 0) {
            operationsLeft = NEVER;
            if (crashAtFailure) {
                crash();
            }
            throw new BackendException("injected: " + what + " failed", false, null);
        }
        if (crashed) {
            throw new BackendException("injected: " + what + " after a crash", false, null);
        }
        if (bytesWritten > bytesLeft) {
            throw new NoSpaceException("injected: disk full: " + bytesWritten + " bytes wanted", null);
        }
        if (bytesLeft != NEVER) {
            bytesLeft -= bytesWritten;
        }
    }

    @Override
    public String describe() {
        return "faulty " + inner.describe();
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        operation("put " + name, content.remaining());
        inner.put(name, content);
    }

    @Override
    public ObjectWriter create(PackKind kind) throws IOException {
        operation("create", 0);
        return new Writer(inner.create(kind));
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        operation("read " + name, 0);
        int start = target.position();
        int count = inner.read(name, offset, target);
        Long flip;
        synchronized (this) {
            flip = flips.get(name);
        }
        if (flip != null && flip >= offset && flip < offset + count) {
            int at = start + (int) (flip - offset);
            target.put(at, (byte) ~target.get(at));
        }
        return count;
    }

    @Override
    public long size(String name) throws IOException {
        operation("size " + name, 0);
        return inner.size(name);
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        operation("list " + prefix, 0);
        inner.list(prefix, visitor);
    }

    @Override
    public void settle(Collection<String> names) throws IOException {
        operation("settle", 0);
        synchronized (this) {
            undurable.removeAll(names);
        }
        inner.settle(names);
    }

    @Override
    public void delete(String name) throws IOException {
        operation("delete " + name, 0);
        inner.delete(name);
    }

    private final class Writer extends ForwardingWriter {
        private final int crashesBefore;

        Writer(ObjectWriter object) {
            super(object);
            synchronized (FaultyBackend.this) {
                this.crashesBefore = crashes;
            }
        }

        /** An object that lived through a crash is lost even when the backend is well again. */
        private void step(String what, long bytes) throws IOException {
            synchronized (FaultyBackend.this) {
                if (crashes != crashesBefore) {
                    throw new BackendException("injected: " + what + " of an object lost in a crash", false, null);
                }
                operation(what, bytes);
            }
        }

        @Override
        public void write(ByteBuffer content) throws IOException {
            step("write", content.remaining());
            object.write(content);
        }

        @Override
        public void commit(String name) throws IOException {
            step("commit " + name, 0);
            object.commit(name);
        }
    }
}
