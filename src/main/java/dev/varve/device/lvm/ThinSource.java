package dev.varve.device.lvm;

import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A thin volume: blocks that the pool maps, and where it maps none, zeros or what its external origin has there. Thread safe;
 * closes nothing. Memory: that of {@link ThinMetadata}, whatever its size.
 */
final class ThinSource implements BlockSource {
    private final String name;
    private final long sizeBytes;
    private final ThinMetadata metadata;
    private final long root;
    private final BlockSource data;
    private final BlockSource externalOrigin;
    private final long blockBytes;

    /**
     * @param root of the volume's mapping
     * @param data of the pool
     * @param externalOrigin or null
     */
    ThinSource(
            String name,
            long sizeBytes,
            ThinMetadata metadata,
            long root,
            BlockSource data,
            BlockSource externalOrigin) {
        this.name = name;
        this.sizeBytes = sizeBytes;
        this.metadata = metadata;
        this.root = root;
        this.data = data;
        this.externalOrigin = externalOrigin;
        blockBytes = metadata.superblock().blockBytes();
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
        long position = offset;
        while (target.hasRemaining()) {
            long block = position / blockBytes;
            long within = position % blockBytes;
            long mapped = metadata.dataBlock(root, block);
            long end = blockBytes;
            while (end - within < target.remaining() && follows(block, mapped, end / blockBytes)) {
                end += blockBytes;
            }
            int count = (int) Math.min(end - within, target.remaining());
            if (mapped == ThinMetadata.UNMAPPED) {
                readUnmapped(position, target, count);
            } else {
                readMapped(mapped, within, target, count);
            }
            position += count;
        }
    }

    /** Whether what comes {@code ahead} blocks later can be read in one go. */
    private boolean follows(long block, long mapped, long ahead) throws IOException {
        long next = metadata.dataBlock(root, block + ahead);
        return mapped == ThinMetadata.UNMAPPED ? next == mapped : next == mapped + ahead;
    }

    private void readMapped(long mapped, long within, ByteBuffer target, int count) throws IOException {
        if (mapped >= data.sizeBytes() / blockBytes || count > data.sizeBytes() - mapped * blockBytes - within) {
            throw new CorruptException(
                    metadata.name(), -1, name + " is mapped to block " + mapped + ", past the end of the pool's data");
        }
        Sources.readPart(data, mapped * blockBytes + within, target, count);
    }

    private void readUnmapped(long position, ByteBuffer target, int count) throws IOException {
        int inOrigin = 0;
        if (externalOrigin != null) {
            inOrigin = (int) Math.max(0, Math.min(count, externalOrigin.sizeBytes() - position));
            if (inOrigin > 0) {
                Sources.readPart(externalOrigin, position, target, inOrigin);
            }
        }
        Sources.putZeros(target, count - inOrigin);
    }

    @Override
    public void close() {}
}
