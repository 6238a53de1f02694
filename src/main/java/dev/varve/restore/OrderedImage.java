package dev.varve.restore;

import dev.varve.model.CorruptException;
import dev.varve.snapshot.ImageReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Reads an image ahead with several threads and hands it on in order. Memory: two pieces a thread. */
final class OrderedImage {
    private OrderedImage() {}

    static void copy(ImageReader image, int threads, int pieceBytes, Sink sink) throws IOException {
        ExecutorService readers = Executors.newFixedThreadPool(threads);
        try {
            ArrayDeque<Future<ByteBuffer>> pending = new ArrayDeque<>();
            ArrayDeque<ByteBuffer> idle = new ArrayDeque<>();
            long next = 0;
            while (next < image.size() || !pending.isEmpty()) {
                while (next < image.size() && pending.size() < 2 * threads) {
                    ByteBuffer buffer = idle.isEmpty() ? ByteBuffer.allocateDirect(pieceBytes) : idle.pop();
                    long offset = next;
                    int length = (int) Math.min(pieceBytes, image.size() - offset);
                    pending.add(readers.submit(
                            () -> read(image, offset, buffer.clear().limit(length))));
                    next += length;
                }
                ByteBuffer piece = await(pending.remove());
                sink.take(piece);
                idle.push(piece);
            }
        } finally {
            readers.shutdown(); // never an interrupt: it would close the files that other readers share
        }
    }

    private static ByteBuffer read(ImageReader image, long offset, ByteBuffer buffer) throws IOException {
        if (image.read(offset, buffer) != buffer.limit()) {
            throw new CorruptException("image", offset, "ends early");
        }
        return buffer.flip();
    }

    private static ByteBuffer await(Future<ByteBuffer> piece) throws IOException {
        try {
            return piece.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted");
            interrupted.initCause(e);
            throw interrupted;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Takes the next bytes, position to limit. */
    @FunctionalInterface
    interface Sink {
        void take(ByteBuffer piece) throws IOException;
    }
}
