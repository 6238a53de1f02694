package dev.varve.backup;

import dev.varve.device.BlockSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what is read from a source. Thread safe. */
final class CountedSource implements BlockSource {
    private final BlockSource source;
    private final AtomicLong bytesRead = new AtomicLong();

    CountedSource(BlockSource source) {
        this.source = source;
    }

    long bytesRead() {
        return bytesRead.get();
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public long sizeBytes() {
        return source.sizeBytes();
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException {
        int bytes = target.remaining();
        source.read(offset, target);
        bytesRead.addAndGet(bytes);
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
