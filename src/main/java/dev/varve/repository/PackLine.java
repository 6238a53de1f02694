package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.codec.SealedFrame;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.PackKind;
import dev.varve.pack.PackWriter;
import java.io.Closeable;
import java.io.IOException;

/**
 * The pack of one kind that a session is filling. Thread safe: the monitor guards the writer and is held while a frame is
 * appended. After its first failure it says nothing but that: who comes later must not report the pack that is unusable for
 * it, but why.
 */
final class PackLine implements Closeable {
    private final Backend backend;
    private final RepositoryKeys keys;
    private final PackKind kind;
    private final int packBytes;
    private final FullPacks full;
    private PackWriter writer;
    private IOException failure;

    /** Takes over a pack that is to be committed; may block until there is room. */
    @FunctionalInterface
    interface FullPacks {
        void commit(PackWriter writer) throws IOException;
    }

    PackLine(Backend backend, RepositoryKeys keys, PackKind kind, int packBytes, FullPacks full) {
        this.backend = backend;
        this.keys = keys;
        this.kind = kind;
        this.packBytes = packBytes;
        this.full = full;
    }

    void append(SealedFrame frame) throws IOException {
        PackWriter filled = null;
        synchronized (this) {
            throwFailure();
            try {
                if (writer == null) {
                    writer = new PackWriter(backend, keys, kind);
                }
                writer.append(frame);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
            if (writer.isFull() || writer.position() >= packBytes) {
                filled = writer;
                writer = null;
            }
        }
        if (filled != null) {
            full.commit(filled);
        }
    }

    /** Hands over what there is. */
    void flush() throws IOException {
        PackWriter last;
        synchronized (this) {
            throwFailure();
            last = writer;
            writer = null;
        }
        if (last != null) {
            full.commit(last);
        }
    }

    private void throwFailure() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    /** Drops what was not handed over. */
    @Override
    public synchronized void close() throws IOException {
        if (writer != null) {
            writer.close();
            writer = null;
        }
    }
}
