package dev.varve.snapshot;

import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.repository.ChunkSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads the image of a volume: free blocks as zeros, file blocks from the files' content, everything else as it was. Thread
 * safe, holds nothing open. Input is untrusted.
 */
public final class ImageReader {
    private final StoredVolume volume;
    private final ChunkSource chunks;
    private final VolumeCache cache;
    private final IndexReader regions;
    private final ContentReader raw;
    private final int blockSize;
    private final long size;

    ImageReader(StoredVolume volume, ChunkSource chunks, VolumeCache cache, VolumeRecord record) {
        this.volume = volume;
        this.chunks = chunks;
        this.cache = cache;
        this.blockSize = record.info().blockSize();
        this.size = record.info().deviceBytes();
        this.raw = record.isRaw() ? new ContentReader(chunks, cache, record.image()) : null;
        this.regions = record.isRaw() ? null : new IndexReader(chunks, cache, record.image());
    }

    /** Bytes: the size of the device. */
    public long size() {
        return size;
    }

    /**
     * Reads from {@code offset} until the target is full or the image ends.
     *
     * @return bytes read; 0 at or behind the end
     */
    public int read(long offset, ByteBuffer target) throws IOException {
        if (offset < 0 || offset >= size) {
            return 0;
        }
        int limit = target.limit();
        int wanted = (int) Math.min(target.remaining(), size - offset);
        target.limit(target.position() + wanted);
        try {
            long position = offset;
            while (target.hasRemaining()) {
                int read = raw != null ? raw.read(position, target) : readRun(position, target);
                if (read <= 0) {
                    throw new CorruptException("image of " + volume.name(), position, "ends early");
                }
                position += read;
            }
        } finally {
            target.limit(limit);
        }
        return wanted;
    }

    /** Asks for the chunks of {@code [offset, offset + length)} ahead of their use. */
    public void prefetch(long offset, long length) throws IOException {
        long end = Math.min(size, offset + length);
        if (raw != null) {
            raw.prefetch(offset, length);
            return;
        }
        long regionBytes = (long) SnapshotFormat.REGION_BLOCKS * blockSize;
        long position = offset;
        while (position < end) {
            ImageRegion region = region(position / regionBytes);
            int block = (int) (position % regionBytes / blockSize);
            if (region == null || block >= region.blocks()) {
                position += regionBytes - position % regionBytes;
            } else {
                ImageRegion.Run run = region.at(block);
                long from = position - position % regionBytes + (long) run.firstBlock() * blockSize;
                long runEnd = from + (long) run.count() * blockSize;
                prefetch(run, position - from, Math.min(end, runEnd) - position);
                position = runEnd;
            }
        }
    }

    /** Visits the image in order as maximal stretches of bytes that are free (read as zeros) or not; together they cover it. */
    public void runs(RunVisitor visitor) throws IOException {
        RunMerger merger = new RunMerger(visitor);
        if (raw != null) {
            raw.parts(0, (offset, part) -> merger.add(part.length(), part.isHole()));
        } else {
            long regionBytes = (long) SnapshotFormat.REGION_BLOCKS * blockSize;
            for (long start = 0; start < size; start += regionBytes) {
                ImageRegion region = region(start / regionBytes);
                if (region == null) {
                    merger.add(Math.min(regionBytes, size - start), true);
                } else {
                    for (ImageRegion.Run run : region.runs()) {
                        long from = start + (long) run.firstBlock() * blockSize;
                        long bytes = Math.min((long) run.count() * blockSize, size - from);
                        merger.add(bytes, run.kind() == ImageRegion.FREE);
                    }
                }
            }
        }
        merger.finish();
    }

    private int readRun(long position, ByteBuffer target) throws IOException {
        long regionBytes = (long) SnapshotFormat.REGION_BLOCKS * blockSize;
        long inRegion = position % regionBytes;
        ImageRegion region = region(position / regionBytes);
        if (region == null) {
            return zeros(target, regionBytes - inRegion);
        }
        int block = (int) (inRegion / blockSize);
        if (block >= region.blocks()) {
            throw new CorruptException("image of " + volume.name(), position, "the map ends early");
        }
        ImageRegion.Run run = region.at(block);
        long inRun = inRegion - (long) run.firstBlock() * blockSize;
        long left = (long) run.count() * blockSize - inRun;
        return switch (run.kind()) {
            case ImageRegion.FREE -> zeros(target, left);
            case ImageRegion.FILE -> file(run, inRun, left, target);
            default -> raw(run, inRun, left, target);
        };
    }

    private int file(ImageRegion.Run run, long inRun, long left, ByteBuffer target) throws IOException {
        int limit = target.limit();
        int wanted = (int) Math.min(left, target.remaining());
        target.limit(target.position() + wanted);
        int read = volume.open(volume.inode(run.inode())).read(run.logicalBlock() * blockSize + inRun, target);
        target.limit(limit);
        return read + zeros(target, wanted - read);
    }

    private void prefetch(ImageRegion.Run run, long inRun, long length) throws IOException {
        if (run.kind() == ImageRegion.FILE) {
            volume.open(volume.inode(run.inode())).prefetch(run.logicalBlock() * blockSize + inRun, length);
        } else if (run.kind() == ImageRegion.RAW) {
            int chunkBytes = ImageRegion.rawChunkBytes(blockSize);
            for (long chunk = inRun / chunkBytes; chunk * chunkBytes < inRun + length; chunk++) {
                chunks.prefetch(run.raw().get((int) chunk));
            }
        }
    }

    private int raw(ImageRegion.Run run, long inRun, long left, ByteBuffer target) throws IOException {
        int chunkBytes = ImageRegion.rawChunkBytes(blockSize);
        ChunkId id = run.raw().get((int) (inRun / chunkBytes));
        int inChunk = (int) (inRun % chunkBytes);
        int wanted = (int) Math.min(Math.min(left, chunkBytes - inChunk), target.remaining());
        int limit = target.limit();
        target.limit(target.position() + wanted);
        int read = chunks.read(id, inChunk, target);
        target.limit(limit);
        if (read != wanted) {
            throw new CorruptException("chunk " + id.toHex(), -1, "shorter than the image that refers to it");
        }
        return read;
    }

    private ImageRegion region(long number) throws IOException {
        ChunkId id = regions.get(number);
        return id == null
                ? null
                : cache.get(
                        chunks,
                        id,
                        ImageRegion.class,
                        (resource, chunk) -> ImageRegion.decode(resource, chunk, blockSize));
    }

    private static int zeros(ByteBuffer target, long atMost) {
        int count = (int) Math.min(atMost, target.remaining());
        ContentReader.zero(target, count);
        return count;
    }

    /** Joins neighbouring stretches of one kind. */
    private static final class RunMerger {
        private final RunVisitor visitor;
        private long start;
        private long length;
        private boolean free;

        RunMerger(RunVisitor visitor) {
            this.visitor = visitor;
        }

        void add(long bytes, boolean isFree) throws IOException {
            if (length > 0 && isFree != free) {
                finish();
            }
            free = isFree;
            length += bytes;
        }

        void finish() throws IOException {
            if (length > 0) {
                visitor.run(start, length, free);
            }
            start += length;
            length = 0;
        }
    }

    /** Receives a stretch of the image. */
    @FunctionalInterface
    public interface RunVisitor {
        /** @param free reads as zeros and need not be written */
        void run(long offset, long length, boolean free) throws IOException;
    }
}
