package dev.varve.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.codec.DecodedFrame;
import dev.varve.codec.FrameBuilder;
import dev.varve.codec.FrameFormat;
import dev.varve.codec.FrameReader;
import dev.varve.codec.FrameWriter;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.ChunkId;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.testing.Packs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Frames as the cold tier has them, and what lies in a cache's directory; for tests. */
final class ColdFrames {
    static final int WINDOW = FrameFormat.HOT_TARGET_BYTES;

    private final RepositoryKeys keys;

    ColdFrames(RepositoryKeys keys) {
        this.keys = keys;
    }

    /** About 1.3 MiB in 6 parts, half of which compresses. */
    DecodedFrame frame(long seed) throws IOException {
        return frame(Packs.chunks(seed, 30, 90_000));
    }

    /** Chunks of these lengths that do not compress. */
    DecodedFrame noise(long seed, int... lengths) throws IOException {
        Random random = new Random(seed);
        List<byte[]> chunks = new ArrayList<>();
        for (int length : lengths) {
            byte[] chunk = new byte[length];
            random.nextBytes(chunk);
            chunks.add(chunk);
        }
        return frame(chunks);
    }

    private DecodedFrame frame(List<byte[]> chunks) throws IOException {
        FrameBuilder builder = new FrameBuilder(FrameFormat.MAX_DATA_BYTES);
        for (byte[] chunk : chunks) {
            builder.add(keys.chunkIds().id(chunk, 0, chunk.length), chunk, 0, chunk.length);
        }
        return new FrameReader(keys.frames())
                .decode(
                        "pack",
                        0,
                        new FrameWriter(keys.frames())
                                .seal(PackKind.DATA, builder)
                                .stored());
    }

    static PackId pack(int number) {
        return new PackId(number * 0x9e3779b97f4a7c15L, number);
    }

    /** Whether a part is there; what is there must be right. */
    boolean holds(ReadCache cache, PackId pack, int frameOffset, DecodedFrame whole, int number) {
        DecodedFrame expected = whole.part(number);
        DecodedFrame found = cache.get(pack, frameOffset, number);
        if (found == null) {
            return false;
        }
        assertEquals(expected.kind(), found.kind());
        assertEquals(expected.chunkCount(), found.chunkCount());
        for (int i = 0; i < expected.chunkCount(); i++) {
            ChunkId id = expected.id(i, keys.chunkIds());
            assertTrue(found.holds(id, expected.offset(i), expected.length(i)));
            assertEquals(id, keys.chunkIds().id(copy(found, expected.offset(i), expected.length(i))));
        }
        return true;
    }

    private static java.nio.ByteBuffer copy(DecodedFrame frame, int offset, int length) {
        java.nio.ByteBuffer copy = java.nio.ByteBuffer.allocate(length);
        frame.copyTo(offset, copy, length);
        return copy.flip();
    }

    /** How many of the frame's parts are there. */
    int partsHeld(ReadCache cache, PackId pack, int frameOffset, DecodedFrame whole) {
        int held = 0;
        for (int number = 0; number < whole.partLimit(); number++) {
            if (whole.part(number) != null && holds(cache, pack, frameOffset, whole, number)) {
                held++;
            }
        }
        return held;
    }

    static int parts(DecodedFrame whole) {
        int parts = 0;
        for (int number = 0; number < whole.partLimit(); number++) {
            parts += whole.part(number) == null ? 0 : 1;
        }
        return parts;
    }

    static Path file(Path directory, PackId pack, int frameOffset) {
        return new CacheDirectory(directory).file(new EntryName(pack, frameOffset));
    }

    /** Entries and unfinished ones. */
    static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory, 2)) {
            return all.filter(path -> path.getNameCount() == directory.getNameCount() + 2)
                    .toList();
        }
    }

    static long bytes(Path directory) throws IOException {
        long bytes = 0;
        for (Path file : files(directory)) {
            bytes += Files.size(file);
        }
        return bytes;
    }
}
