package dev.varve.device.lvm;

import dev.varve.bytes.ByteReader;
import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The exceptions of a classic snapshot: which chunks of the origin were copied, and to where in the copy-on-write store, as the
 * kernel's {@code dm-snap-persistent.c} writes them. Chunk 0 is the header; then come areas, each a chunk of pairs (old, new) and the
 * chunks these pairs may point to; the first pair whose new chunk is 0 ends the list. Immutable and thread safe once read. Memory:
 * 8 bytes an exception, in one sorted array: 2 MiB for a store with 1 GiB of 4 KiB chunks.
 */
final class ExceptionStore {
    static final int MAX_EXCEPTIONS = 1 << 27;
    private static final int MAGIC = 0x70416e53;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 16;
    private static final int PAIR_BYTES = 16;
    private static final int MAX_CHUNK_SECTORS = 1 << 15;

    private final long chunkBytes;
    private final int newBits;
    private final long[] exceptions;

    private ExceptionStore(long chunkBytes, int newBits, long[] exceptions) {
        this.chunkBytes = chunkBytes;
        this.newBits = newBits;
        this.exceptions = exceptions;
    }

    /**
     * Reads all exceptions: the metadata chunks twice, once to count.
     *
     * @param snapshot for messages: its name
     * @param originBytes size of the origin
     * @throws RefusedException if the snapshot overflowed or was never in use
     * @throws CorruptException if the store makes no sense
     */
    static ExceptionStore read(String snapshot, BlockSource store, long originBytes) throws IOException {
        ByteReader reader = ByteReader.of(store.name(), Sources.readBytes(store, 0, HEADER_BYTES));
        int magic = reader.i32();
        if (magic == 0) {
            throw new RefusedException(snapshot + ": its copy-on-write store has no header, so the snapshot was never"
                    + " active; back up its origin instead");
        }
        if (magic != MAGIC) {
            throw reader.corrupt("no copy-on-write store of a snapshot here");
        }
        boolean valid = reader.i32() != 0;
        if (reader.i32() != VERSION) {
            throw reader.corrupt("the copy-on-write store has a version other than " + VERSION);
        }
        if (!valid) {
            throw new RefusedException(snapshot + ": the snapshot ran out of space and is invalid; what it held is"
                    + " lost: back up its origin instead");
        }
        int sectors = reader.u32("chunk size in sectors", 1, MAX_CHUNK_SECTORS);
        if (Integer.bitCount(sectors) != 1) {
            throw reader.corrupt("chunk size is no power of two: " + sectors + " sectors");
        }
        return new Loading(snapshot, store, (long) sectors * Sources.SECTOR_BYTES, originBytes).load();
    }

    /** One reading of a store. */
    private static final class Loading {
        private final String snapshot;
        private final BlockSource store;
        private final long chunkBytes;
        private final long originChunks;
        private final long storeChunks;
        private final int pairs;

        Loading(String snapshot, BlockSource store, long chunkBytes, long originBytes) {
            this.snapshot = snapshot;
            this.store = store;
            this.chunkBytes = chunkBytes;
            this.originChunks = (originBytes + chunkBytes - 1) / chunkBytes;
            this.storeChunks = store.sizeBytes() / chunkBytes;
            this.pairs = (int) (chunkBytes / PAIR_BYTES);
        }

        ExceptionStore load() throws IOException {
            int newBits = Long.SIZE - Long.numberOfLeadingZeros(storeChunks);
            int oldBits = Long.SIZE - Long.numberOfLeadingZeros(originChunks);
            long count = count();
            if (count > MAX_EXCEPTIONS || newBits + oldBits >= Long.SIZE) {
                throw new RefusedException(snapshot + ": the snapshot has more exceptions than varve holds in memory ("
                        + MAX_EXCEPTIONS + "); activate it with lvm2 and back up its device");
            }
            long[] packed = new long[(int) count];
            for (int i = 0; i < packed.length; ) {
                ByteBuffer area = area(i / pairs);
                for (int j = 0; j < pairs && i < packed.length; j++, i++) {
                    packed[i] = pack(area, j, i / pairs, newBits);
                }
            }
            Arrays.sort(packed);
            for (int i = 1; i < packed.length; i++) {
                if (packed[i - 1] >>> newBits == packed[i] >>> newBits) {
                    throw new CorruptException(
                            store.name(),
                            -1,
                            "chunk " + (packed[i] >>> newBits) + " has two exceptions in " + snapshot);
                }
            }
            return new ExceptionStore(chunkBytes, newBits, packed);
        }

        /** Areas are full but for the last. */
        private long count() throws IOException {
            for (long number = 0; number * pairs <= MAX_EXCEPTIONS; number++) {
                ByteBuffer area = area(number);
                for (int i = 0; i < pairs; i++) {
                    if (area.getLong(i * PAIR_BYTES + Long.BYTES) == 0) {
                        return number * pairs + i;
                    }
                }
            }
            return Long.MAX_VALUE;
        }

        private long pack(ByteBuffer area, int index, long number, int newBits) throws CorruptException {
            long oldChunk = area.getLong(index * PAIR_BYTES);
            long newChunk = area.getLong(index * PAIR_BYTES + Long.BYTES);
            boolean sound = oldChunk >= 0
                    && oldChunk < originChunks
                    && newChunk > 1
                    && newChunk < storeChunks
                    && (newChunk - 1) % (pairs + 1L) != 0; // that would be a chunk of pairs
            if (!sound) {
                throw new CorruptException(
                        store.name(),
                        place(number) * chunkBytes + (long) index * PAIR_BYTES,
                        "an exception of " + snapshot + " points outside the volume or its store");
            }
            return oldChunk << newBits | newChunk;
        }

        private long place(long area) {
            return 1 + (pairs + 1L) * area;
        }

        private ByteBuffer area(long number) throws IOException {
            long chunk = place(number);
            if (chunk >= storeChunks) {
                throw new CorruptException(
                        store.name(), -1, "the list of exceptions of " + snapshot + " does not end in its store");
            }
            byte[] bytes = Sources.readBytes(store, chunk * chunkBytes, (int) chunkBytes);
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    long chunkBytes() {
        return chunkBytes;
    }

    int count() {
        return exceptions.length;
    }

    /** The index of the first exception of a chunk at or after {@code chunk}; {@link #count()} if there is none. */
    int ceiling(long chunk) {
        int found = Arrays.binarySearch(exceptions, chunk << newBits);
        return found >= 0 ? found : -found - 1;
    }

    long oldChunk(int index) {
        return exceptions[index] >>> newBits;
    }

    long newChunk(int index) {
        return exceptions[index] & (1L << newBits) - 1;
    }
}
