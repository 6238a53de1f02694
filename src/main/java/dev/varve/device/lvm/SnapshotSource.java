package dev.varve.device.lvm;

import dev.varve.device.BlockSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A classic snapshot: its origin with the chunks that were copied before they changed. Thread safe; closes nothing. Memory: {@link ExceptionStore}. */
final class SnapshotSource implements BlockSource {
    private final String name;
    private final long sizeBytes;
    private final BlockSource origin;
    private final BlockSource store;
    private final ExceptionStore exceptions;

    SnapshotSource(String name, long sizeBytes, BlockSource origin, BlockSource store, ExceptionStore exceptions) {
        this.name = name;
        this.sizeBytes = sizeBytes;
        this.origin = origin;
        this.store = store;
        this.exceptions = exceptions;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException {
        Sources.requireInside(this, offset, target);
        long chunkBytes = exceptions.chunkBytes();
        long position = offset;
        while (target.hasRemaining()) {
            long chunk = position / chunkBytes;
            int index = exceptions.ceiling(chunk);
            boolean copied = index < exceptions.count() && exceptions.oldChunk(index) == chunk;
            int count;
            if (copied) {
                long within = position % chunkBytes;
                count = (int) Math.min(run(index, within, target.remaining()) - within, target.remaining());
                Sources.readPart(store, exceptions.newChunk(index) * chunkBytes + within, target, count);
            } else {
                long end = index < exceptions.count() ? exceptions.oldChunk(index) * chunkBytes : Long.MAX_VALUE;
                count = (int) Math.min(end - position, target.remaining());
                Sources.readPart(origin, position, target, count);
            }
            position += count;
        }
    }

    /** How many bytes from the start of an exception's chunk on lie in the store in one piece; no more than are wanted are counted. */
    private long run(int index, long within, int wanted) {
        long end = exceptions.chunkBytes();
        int next = index + 1;
        while (end - within < wanted
                && next < exceptions.count()
                && exceptions.oldChunk(next) == exceptions.oldChunk(index) + (next - index)
                && exceptions.newChunk(next) == exceptions.newChunk(index) + (next - index)) {
            end += exceptions.chunkBytes();
            next++;
        }
        return end;
    }

    @Override
    public void close() {}
}
