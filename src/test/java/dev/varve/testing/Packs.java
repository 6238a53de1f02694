package dev.varve.testing;

import dev.varve.backend.Backend;
import dev.varve.codec.FrameBuilder;
import dev.varve.codec.FrameFormat;
import dev.varve.codec.FrameWriter;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.ChunkId;
import dev.varve.model.PackKind;
import dev.varve.pack.PackTrailer;
import dev.varve.pack.PackWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small packs of seeded content for tests. */
public final class Packs {
    private Packs() {}

    /** Half of it compresses, half does not. */
    public static List<byte[]> chunks(long seed, int count, int maxLength) {
        Random random = new Random(seed);
        List<byte[]> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] chunk = new byte[1 + random.nextInt(maxLength)];
            if (i % 2 == 0) {
                random.nextBytes(chunk);
            } else {
                Arrays.fill(chunk, (byte) i);
            }
            chunks.add(chunk);
        }
        return chunks;
    }

    public static Map<ChunkId, byte[]> byId(RepositoryKeys keys, List<byte[]> chunks) {
        Map<ChunkId, byte[]> byId = new LinkedHashMap<>();
        for (byte[] chunk : chunks) {
            byId.put(keys.chunkIds().id(chunk, 0, chunk.length), chunk);
        }
        return byId;
    }

    /** Writes and commits one pack of frames of {@code frameBytes}. */
    public static PackTrailer write(
            Backend backend, RepositoryKeys keys, PackKind kind, int frameBytes, List<byte[]> chunks)
            throws IOException {
        FrameWriter frames = new FrameWriter(keys.frames());
        FrameBuilder builder = new FrameBuilder(Math.min(frameBytes, FrameFormat.MAX_DATA_BYTES));
        try (PackWriter writer = new PackWriter(backend, keys, kind)) {
            for (byte[] chunk : chunks) {
                if (!builder.fits(chunk.length)) {
                    writer.append(frames.seal(kind, builder));
                }
                builder.add(keys.chunkIds().id(chunk, 0, chunk.length), chunk, 0, chunk.length);
            }
            writer.append(frames.seal(kind, builder));
            return writer.commit();
        }
    }
}
