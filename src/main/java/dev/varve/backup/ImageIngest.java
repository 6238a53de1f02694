package dev.varve.backup;

import dev.varve.device.BlockSource;
import dev.varve.fs.Volume;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.ImageMapWriter;
import dev.varve.snapshot.SnapshotFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the image map: paints each region with what is allocated and then with where the files lie, reads what remains
 * raw in device order, and says it all block by block. A block that two files claim goes to the one that was placed first:
 * both read the same bytes from it. Not thread safe. Memory: 17 bytes a block of a region (560 KiB), a span, and {@link
 * ReachingRuns}. Painting takes a step for each block that files claim, which {@link BlockClaims} bounds.
 */
final class ImageIngest {
    private static final byte FREE = 0;
    private static final byte RAW = 1;
    private static final byte FILE = 2;

    private final Volume volume;
    private final Ingest ingest;
    private final BlockSource device;
    private final SpanReader reader;
    private final int blockSize;
    private final long blockCount;
    private final ImageMapWriter map;
    private final byte[] kind = new byte[SnapshotFormat.REGION_BLOCKS];
    private final long[] inode = new long[SnapshotFormat.REGION_BLOCKS];
    private final long[] logical = new long[SnapshotFormat.REGION_BLOCKS];
    private final byte[] chunk;
    private final ScratchSort.Cursor<PlacedRun> runs;
    private final ReachingRuns reachingOn = new ReachingRuns();
    private PlacedRun next;
    private long rawBytes;

    ImageIngest(Volume volume, Ingest ingest, PlacedRuns placed) throws IOException {
        this.volume = volume;
        this.ingest = ingest;
        device = volume.device();
        reader = new SpanReader(device);
        blockSize = volume.info().blockSize();
        blockCount = (device.sizeBytes() + blockSize - 1) / blockSize;
        map = new ImageMapWriter(ingest.metadata(), blockSize, device.sizeBytes());
        chunk = new byte[map.rawChunkBlocks() * blockSize];
        runs = placed.sorted();
        next = runs.next();
    }

    /** Reads everything that is no file's. @return the index of the image map */
    Content run() throws IOException {
        for (long first = 0; first < blockCount; first += SnapshotFormat.REGION_BLOCKS) {
            int count = (int) Math.min(SnapshotFormat.REGION_BLOCKS, blockCount - first);
            paint(first, count);
            emit(first, count);
            ingest.progress()
                    .at(ingest.label(), BackupProgress.Phase.IMAGE, (first + count) * blockSize, device.sizeBytes());
        }
        ingest.pipeline().drain();
        return map.finish();
    }

    /** Bytes that were kept raw. */
    long rawBytes() {
        return rawBytes;
    }

    private void paint(long first, int count) throws IOException {
        Arrays.fill(kind, FREE);
        try {
            volume.allocatedRuns(
                    first,
                    first + count,
                    (block, length) -> Arrays.fill(kind, (int) (block - first), (int) (block - first + length), RAW));
        } catch (IOException e) {
            ingest.problem("what is free in blocks " + first + " to " + (first + count - 1)
                    + " is not known, all of it is kept: " + e.getMessage());
            Arrays.fill(kind, 0, count, RAW);
        }
        for (PlacedRun run : reachingOn.take()) {
            paint(run, first, count);
        }
        while (next != null && next.physical() < first + count) {
            paint(next, first, count);
            next = runs.next();
        }
    }

    /** Paints the part of a run that lies in the region; keeps the rest for the next. */
    private void paint(PlacedRun run, long first, int count) {
        long skipped = Math.max(0, first - run.physical());
        long from = run.physical() + skipped - first;
        long length = Math.min(run.count() - skipped, count - from);
        if (run.count() - skipped > length) {
            reachingOn.add(run);
        }
        boolean nothing = run.logical() == PlacedRun.NOTHING;
        for (long i = 0; i < length; i++) {
            int at = (int) (from + i);
            if (nothing) {
                kind[at] = kind[at] == RAW ? FREE : kind[at];
            } else if (kind[at] != FILE) {
                kind[at] = FILE;
                inode[at] = run.inode();
                logical[at] = run.logical() + skipped + i;
            }
        }
    }

    private void emit(long first, int count) throws IOException {
        List<Stretch> stretches = stretches(count);
        long loadedTo = 0;
        for (int i = 0; i < stretches.size(); i++) {
            Stretch stretch = stretches.get(i);
            switch (stretch.kind()) {
                case FREE -> ingest.pipeline().mark(() -> map.free(stretch.count()));
                case FILE -> {
                    long owner = inode[stretch.from()];
                    long block = logical[stretch.from()];
                    ingest.pipeline().mark(() -> map.file(owner, block, stretch.count()));
                }
                default -> loadedTo = emitRaw(first, stretches, i, loadedTo);
            }
        }
    }

    /** Blocks of one kind that follow on each other. */
    private record Stretch(byte kind, int from, int count) {
        int end() {
            return from + count;
        }
    }

    private List<Stretch> stretches(int count) {
        List<Stretch> stretches = new ArrayList<>();
        int from = 0;
        for (int at = 1; at <= count; at++) {
            boolean goesOn = at < count
                    && kind[at] == kind[from]
                    && (kind[at] != FILE
                            || (inode[at] == inode[from] && logical[at] - logical[from] == (long) at - from));
            if (!goesOn) {
                stretches.add(new Stretch(kind[from], from, at - from));
                from = at;
            }
        }
        return stretches;
    }

    /** @param loadedTo end of the span that was loaded last, in bytes. @return the same afterwards */
    private long emitRaw(long first, List<Stretch> stretches, int index, long loadedTo) throws IOException {
        Stretch stretch = stretches.get(index);
        long loaded = loadedTo;
        for (int at = stretch.from(); at < stretch.end(); at += map.rawChunkBlocks()) {
            int blocks = Math.min(map.rawChunkBlocks(), stretch.end() - at);
            long offset = (first + at) * blockSize;
            int bytes = (int) Math.min((long) blocks * blockSize, device.sizeBytes() - offset);
            if (offset + bytes > loaded) {
                loaded = spanEnd(first, stretches, index, offset);
                reader.load(offset, (int) (loaded - offset));
            }
            emitChunk(first + at, offset, blocks, bytes);
        }
        return loaded;
    }

    /** How far to read from {@code offset}: over the raw stretches that follow closely, and over files between them. */
    private long spanEnd(long first, List<Stretch> stretches, int index, long offset) {
        long limit = Math.min(offset + SpanReader.SPAN_BYTES, device.sizeBytes());
        long end = offset;
        for (int i = index; i < stretches.size() && end < limit; i++) {
            Stretch stretch = stretches.get(i);
            long start = (first + stretch.from()) * blockSize;
            if (start - end > SpanReader.GAP_BYTES || stretch.kind() == FREE) {
                break;
            }
            if (stretch.kind() == RAW) {
                end = Math.min(limit, (first + stretch.end()) * blockSize);
            }
        }
        return end;
    }

    private void emitChunk(long block, long offset, int blocks, int bytes) throws IOException {
        try {
            reader.read(offset, chunk, 0, bytes);
        } catch (IOException e) {
            readWhatCanBeRead(block, offset, bytes, e);
        }
        if (Zeros.are(chunk, 0, bytes)) {
            ingest.pipeline().mark(() -> map.free(blocks));
        } else {
            rawBytes += bytes;
            ingest.pipeline().put(chunk, 0, bytes, id -> map.raw(id, blocks));
        }
    }

    private void readWhatCanBeRead(long block, long offset, int bytes, IOException first) {
        int lost = 0;
        for (int at = 0; at < bytes; at += blockSize) {
            int length = Math.min(blockSize, bytes - at);
            try {
                reader.read(offset + at, chunk, at, length);
            } catch (IOException e) {
                Arrays.fill(chunk, at, at + length, (byte) 0);
                lost++;
            }
        }
        if (lost > 0) {
            ingest.problem(lost + " blocks from block " + block + " on cannot be read and are zeros in the image: "
                    + first.getMessage());
        }
    }
}
