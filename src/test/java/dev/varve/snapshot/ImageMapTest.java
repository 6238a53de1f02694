package dev.varve.snapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.model.PackKind;
import dev.varve.repository.ChunkLane;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.StoredInodes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ImageMapTest {
    private final MemoryChunks chunks = new MemoryChunks();
    private final ChunkLane lane = chunks.lane(PackKind.METADATA);
    private final VolumeCache cache = VolumeCache.ofBytes(64 << 20);

    @Test
    void aMapOfAllKindsReadsBackAtEveryOffset() throws IOException {
        for (int blockSize : new int[] {1024, 4096}) {
            Random random = new Random(blockSize);
            long deviceBytes = (SnapshotFormat.REGION_BLOCKS * 2L + 1000) * blockSize + 512;
            byte[] fileBytes = new byte[blockSize * 40 - 100];
            random.nextBytes(fileBytes);
            ContentWriter file = new ContentWriter(lane);
            file.addChunk(lane.put(fileBytes, 0, fileBytes.length), fileBytes.length);
            InodePageWriter pages = new InodePageWriter(lane);
            pages.add(StoredInodes.file(12, file.finish()));

            byte[] expected = new byte[(int) deviceBytes];
            ImageMapWriter map = new ImageMapWriter(lane, blockSize, deviceBytes);
            long total = (deviceBytes + blockSize - 1) / blockSize;
            while (map.position() < total) {
                long left = total - map.position();
                switch (random.nextInt(3)) {
                    case 0 -> map.free(Math.min(left, 1 + random.nextInt(3000)));
                    case 1 -> {
                        int from = random.nextInt(40);
                        int count = (int) Math.min(left, 1 + random.nextInt(40 - from));
                        int at = (int) map.position() * blockSize;
                        int bytes = Math.min(
                                Math.min(count * blockSize, fileBytes.length - from * blockSize), expected.length - at);
                        System.arraycopy(fileBytes, from * blockSize, expected, at, bytes);
                        map.file(12, from, count);
                    }
                    default -> {
                        int inRegion = (int) (map.position() % SnapshotFormat.REGION_BLOCKS);
                        int count = (int) Math.min(
                                Math.min(left, SnapshotFormat.REGION_BLOCKS - inRegion),
                                1 + random.nextInt(map.rawChunkBlocks()));
                        int at = (int) map.position() * blockSize;
                        byte[] raw = new byte[Math.min(count * blockSize, expected.length - at)];
                        random.nextBytes(raw);
                        System.arraycopy(raw, 0, expected, at, raw.length);
                        map.raw(lane.put(raw, 0, raw.length), count);
                    }
                }
            }
            Content image = map.finish();
            ImageReader reader = StoredInodes.volume(
                            chunks, cache, pages.finish(), image, StoredInodes.info(deviceBytes, blockSize))
                    .image();
            assertEquals(deviceBytes, reader.size());
            byte[] all = new byte[expected.length];
            assertEquals(all.length, reader.read(0, ByteBuffer.wrap(all)));
            assertArrayEquals(expected, all);
            for (int i = 0; i < 300; i++) {
                int from = random.nextInt(expected.length);
                ByteBuffer part = ByteBuffer.allocate(1 + random.nextInt(200_000));
                int read = reader.read(from, part);
                assertArrayEquals(Arrays.copyOfRange(expected, from, from + read), Arrays.copyOf(part.array(), read));
            }
            long[] end = {0};
            reader.runs((offset, length, free) -> {
                assertEquals(end[0], offset);
                end[0] += length;
                if (free) {
                    for (long b = offset; b < offset + length; b++) {
                        assertEquals(0, expected[(int) b]);
                    }
                }
            });
            assertEquals(deviceBytes, end[0]);
        }
    }

    @Test
    void aMapMustCoverTheDeviceExactly() throws IOException {
        ImageMapWriter early = new ImageMapWriter(lane, 4096, 40960);
        early.free(9);
        assertThrows(IllegalStateException.class, early::finish);
        assertThrows(IllegalArgumentException.class, () -> early.free(2));
    }

    @Test
    void aFileRunThatAReaderWouldRefuseIsRefused() {
        ImageMapWriter map = new ImageMapWriter(lane, 4096, 40960);
        assertThrows(IllegalArgumentException.class, () -> map.file(0, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> map.file(5, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> map.file(5, Long.MAX_VALUE / 4096, 1));
        assertEquals(0, map.position());
    }

    @Test
    void anEmptyVolumeHasNoRegions() throws IOException {
        ImageMapWriter map = new ImageMapWriter(lane, 4096, 1L << 40);
        map.free((1L << 40) / 4096);
        assertEquals(0, map.finish().size());
    }
}
