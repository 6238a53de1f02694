package dev.varve.backup;

import dev.varve.device.BlockSource;
import dev.varve.fs.VolumeInfo;
import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.VolumeRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a device as one content, knowing nothing of what is on it. Aligned blocks of {@link #BLOCK_BYTES} that are all zero
 * become holes. Not thread safe. Memory: one read of 1 MiB, and a {@link ContentCutter}.
 */
final class RawIngest {
    static final int BLOCK_BYTES = 4096;
    private static final int READ_BYTES = 1 << 20;

    private final BlockSource device;
    private final Ingest ingest;
    private final ContentCutter cutter;
    private final byte[] data = new byte[READ_BYTES];

    RawIngest(BlockSource device, Ingest ingest) {
        this.device = device;
        this.ingest = ingest;
        this.cutter = new ContentCutter(ingest.chunker(), ingest.pipeline(), ingest.metadata());
    }

    /** What a manifest says of such a volume. */
    static VolumeInfo info(BlockSource device) {
        long blocks = (device.sizeBytes() + BLOCK_BYTES - 1) / BLOCK_BYTES;
        return new VolumeInfo(
                VolumeRecord.RAW,
                "",
                ByteString.EMPTY,
                BLOCK_BYTES,
                blocks,
                device.sizeBytes(),
                Timestamp.EPOCH,
                Timestamp.EPOCH,
                0,
                true,
                Timestamp.EPOCH,
                false,
                0,
                0,
                0,
                0,
                List.of());
    }

    Content run() throws IOException {
        long size = device.sizeBytes();
        Content[] result = new Content[1];
        cutter.begin();
        for (long offset = 0; offset < size; offset += READ_BYTES) {
            int bytes = (int) Math.min(READ_BYTES, size - offset);
            read(offset, bytes);
            feed(bytes);
            ingest.progress().at(ingest.label(), BackupProgress.Phase.IMAGE, offset + bytes, size);
        }
        cutter.finish(content -> result[0] = content);
        ingest.pipeline().drain();
        return result[0];
    }

    private void read(long offset, int bytes) {
        try {
            device.read(offset, ByteBuffer.wrap(data, 0, bytes));
        } catch (IOException e) {
            readWhatCanBeRead(offset, bytes, e);
        }
    }

    private void readWhatCanBeRead(long offset, int bytes, IOException first) {
        int lost = 0;
        for (int at = 0; at < bytes; at += BLOCK_BYTES) {
            int length = Math.min(BLOCK_BYTES, bytes - at);
            try {
                device.read(offset + at, ByteBuffer.wrap(data, at, length));
            } catch (IOException e) {
                Arrays.fill(data, at, at + length, (byte) 0);
                lost++;
            }
        }
        if (lost > 0) {
            ingest.problem(lost + " blocks of 4096 bytes from byte " + offset
                    + " on cannot be read and are zeros in the image: " + first.getMessage());
        }
    }

    private void feed(int bytes) throws IOException {
        int from = 0;
        while (from < bytes) {
            boolean zero = isZero(from, bytes);
            int to = from;
            while (to < bytes && isZero(to, bytes) == zero) {
                to += BLOCK_BYTES;
            }
            to = Math.min(to, bytes);
            if (zero) {
                cutter.hole(to - from);
            } else {
                content(from, to);
            }
            from = to;
        }
    }

    private boolean isZero(int from, int bytes) {
        return Zeros.are(data, from, Math.min(bytes, from + BLOCK_BYTES));
    }

    private void content(int from, int to) throws IOException {
        int at = from;
        while (at < to) {
            int length = Math.min(cutter.room(), to - at);
            System.arraycopy(data, at, cutter.buffer(), cutter.position(), length);
            cutter.advance(length);
            at += length;
        }
    }
}
