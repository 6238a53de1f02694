package dev.varve.testing;

import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A device in memory. It keeps the array it is given, so that a test can change it. */
public final class MemoryBlockSource implements BlockSource {
    private final String name;
    private final byte[] bytes;

    public MemoryBlockSource(String name, byte[] bytes) {
        this.name = name;
        this.bytes = bytes;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sizeBytes() {
        return bytes.length;
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException {
        if (offset < 0 || target.remaining() > bytes.length - offset) {
            throw new CorruptException(name, offset, "read of " + target.remaining() + " bytes reaches past the end");
        }
        target.put(bytes, (int) offset, target.remaining());
    }

    @Override
    public void close() {}
}
