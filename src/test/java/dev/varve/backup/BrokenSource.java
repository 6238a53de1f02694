package dev.varve.backup;

import dev.varve.device.BlockSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A device on which bytes {@code [from, to)} cannot be read. */
record BrokenSource(BlockSource source, long from, long to) implements BlockSource {
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
        if (offset < to && offset + target.remaining() > from) {
            throw new IOException("medium error at byte " + from);
        }
        source.read(offset, target);
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
