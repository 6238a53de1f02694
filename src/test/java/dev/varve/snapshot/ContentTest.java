package dev.varve.snapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.PackKind;
import dev.varve.repository.ChunkLane;
import dev.varve.testing.MemoryChunks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ContentTest {
    private final MemoryChunks chunks = new MemoryChunks();
    private final ChunkLane lane = chunks.lane(PackKind.METADATA);
    private final VolumeCache cache = VolumeCache.ofBytes(1 << 20);

    /** Writes random chunks and holes and returns the expected bytes. */
    private byte[] write(Random random, int parts, ContentWriter writer) throws IOException {
        byte[] all = new byte[0];
        for (int i = 0; i < parts; i++) {
            byte[] bytes = new byte[1 + random.nextInt(40)];
            if (random.nextInt(5) == 0) {
                writer.addHole(bytes.length);
            } else {
                random.nextBytes(bytes);
                writer.addChunk(lane.put(bytes, 0, bytes.length), bytes.length);
            }
            int end = all.length;
            all = Arrays.copyOf(all, end + bytes.length);
            System.arraycopy(bytes, 0, all, end, bytes.length);
        }
        return all;
    }

    @Test
    void aChunkLongerThanAnyIsRefusedByTheWriter() {
        ContentWriter writer = new ContentWriter(lane);
        ChunkId id = MemoryChunks.idOf(new byte[1]);
        assertThrows(IllegalArgumentException.class, () -> writer.addChunk(id, SnapshotFormat.MAX_CHUNK_BYTES + 1L));
        assertThrows(IllegalArgumentException.class, () -> writer.addChunk(id, 0));
    }

    @Test
    void everyRangeReadsBackWhateverTheDepth() throws IOException {
        for (int parts : new int[] {0, 1, 8, 9, 70, 3000, 20000}) {
            Random random = new Random(parts);
            ContentWriter writer = new ContentWriter(lane);
            byte[] expected = write(random, parts, writer);
            Content content = writer.finish();
            ContentReader reader = new ContentReader(chunks, cache, content);
            assertEquals(expected.length, reader.size());
            for (int i = 0; i < 200; i++) {
                int from = random.nextInt(expected.length + 1);
                ByteBuffer target = ByteBuffer.allocate(random.nextInt(5000));
                int read = reader.read(from, target);
                assertEquals(Math.min(target.capacity(), expected.length - from), read);
                assertArrayEquals(
                        Arrays.copyOfRange(expected, from, from + read),
                        Arrays.copyOf(target.array(), read),
                        "parts " + parts + " from " + from);
            }
        }
    }

    @Test
    void partsVisitsEverythingInOrderFromAnyPlace() throws IOException {
        ContentWriter writer = new ContentWriter(lane);
        byte[] expected = write(new Random(5), 5000, writer);
        ContentReader reader = new ContentReader(chunks, cache, writer.finish());
        for (long from : new long[] {0, 1, expected.length / 2, expected.length - 1}) {
            long[] next = {-1};
            reader.parts(from, (offset, part) -> {
                assertTrue(next[0] < 0 ? offset <= from && offset + part.length() > from : offset == next[0]);
                next[0] = offset + part.length();
            });
            assertEquals(expected.length, next[0]);
        }
    }

    @Test
    void aChangeInTheMiddleRewritesFewNodes() throws IOException {
        Random random = new Random(9);
        ContentWriter first = new ContentWriter(lane);
        ContentWriter second = new ContentWriter(lane);
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = new byte[8];
            random.nextBytes(bytes);
            ChunkId id = MemoryChunks.idOf(bytes);
            first.addChunk(id, 32768);
            if (i == 25_000) {
                second.addChunk(MemoryChunks.idOf(new byte[] {1}), 10_000);
            }
            second.addChunk(id, 32768);
        }
        first.finish();
        int before = chunks.count();
        second.finish();
        assertTrue(before > 100, "nodes " + before);
        assertTrue(chunks.count() - before <= 4, "new nodes " + (chunks.count() - before));
    }

    @Test
    void aHugeHoleCostsOnePart() throws IOException {
        ContentWriter writer = new ContentWriter(lane);
        writer.addHole(1L << 60);
        writer.addHole(1L << 60);
        Content content = writer.finish();
        assertEquals(1, content.parts().size());
        ByteBuffer target = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
        assertEquals(9, new ContentReader(chunks, cache, content).read(1L << 59, target));
        assertArrayEquals(new byte[9], target.array());
    }

    @Test
    void aChunkShorterThanItsPartIsCorruptNotZeros() throws IOException {
        ContentWriter writer = new ContentWriter(lane);
        ChunkId id = lane.put(new byte[] {1, 2, 3}, 0, 3);
        writer.addChunk(id, 5);
        Content content = writer.finish();
        assertThrows(
                CorruptException.class,
                () -> new ContentReader(chunks, cache, content).read(0, ByteBuffer.allocate(5)));
    }

    @Test
    void aNodeThatRefersToItselfEnds() throws IOException {
        byte[] fake = PartList.encodeNode(0, java.util.List.of(new Part(10, MemoryChunks.idOf(new byte[] {7}))));
        ChunkId id = lane.put(fake, 0, fake.length);
        chunks.replace(id, PartList.encodeNode(1, java.util.List.of(new Part(10, id))));
        Content content = new Content(10, 2, java.util.List.of(new Part(10, id)));
        assertThrows(
                CorruptException.class,
                () -> new ContentReader(chunks, cache, content).read(0, ByteBuffer.allocate(5)));
    }
}
