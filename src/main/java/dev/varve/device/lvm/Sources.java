package dev.varve.device.lvm;

import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** What the sources of this package have in common. */
final class Sources {
    static final int SECTOR_BYTES = 512;
    private static final byte[] ZEROS = new byte[64 << 10];

    private Sources() {}

    /** @throws CorruptException if the range reaches past the end of the source */
    static void requireInside(BlockSource source, long offset, ByteBuffer target) throws CorruptException {
        if (offset < 0 || target.remaining() > source.sizeBytes() - offset) {
            throw new CorruptException(
                    source.name(), offset, "read of " + target.remaining() + " bytes reaches past the end");
        }
    }

    /** Reads the next {@code count} bytes of the target only. */
    static void readPart(BlockSource source, long offset, ByteBuffer target, int count) throws IOException {
        int limit = target.limit();
        target.limit(target.position() + count);
        source.read(offset, target);
        target.limit(limit);
    }

    static void putZeros(ByteBuffer target, int count) {
        for (int left = count; left > 0; ) {
            int part = Math.min(left, ZEROS.length);
            target.put(ZEROS, 0, part);
            left -= part;
        }
    }

    /** @throws CorruptException if the source is shorter than that */
    static byte[] readBytes(BlockSource source, long offset, int count) throws IOException {
        if (offset < 0 || count > source.sizeBytes() - offset) {
            throw new CorruptException(source.name(), offset, "read of " + count + " bytes reaches past the end");
        }
        byte[] bytes = new byte[count];
        source.read(offset, ByteBuffer.wrap(bytes));
        return bytes;
    }
}
