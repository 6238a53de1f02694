package dev.varve.device.lvm;

import dev.varve.device.BlockSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A stretch of a source, such as a partition of a disk, with a name of its own. Thread safe; does not close what it shows. */
final class WindowSource implements BlockSource {
    private final BlockSource base;
    private final String name;
    private final long start;
    private final long sizeBytes;

    /** What of the stretch lies behind the end of the base is cut off. */
    WindowSource(BlockSource base, String name, long start, long sizeBytes) {
        this.base = base;
        this.name = name;
        this.start = start;
        this.sizeBytes = Math.max(0, Math.min(sizeBytes, base.sizeBytes() - start));
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
        base.read(start + offset, target);
    }

    @Override
    public void close() {}
}
