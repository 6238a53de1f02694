package dev.varve.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.ChunkId;
import dev.varve.model.PackKind;
import dev.varve.testing.Keys;
import dev.varve.testing.Packs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FramePartsTest {
    private static final int WINDOW = FrameFormat.HOT_TARGET_BYTES;

    private final RepositoryKeys keys = Keys.encrypted();

    private DecodedFrame frame(List<byte[]> chunks) throws IOException {
        FrameBuilder builder = new FrameBuilder(4 << 20);
        chunks.forEach(chunk -> builder.add(id(chunk), chunk, 0, chunk.length));
        return decode(
                new FrameWriter(keys.frames()).seal(PackKind.DATA, builder).stored());
    }

    private DecodedFrame decode(ByteBuffer stored) throws IOException {
        return new FrameReader(keys.frames()).decode("pack", 32, stored);
    }

    private ChunkId id(byte[] chunk) {
        return keys.chunkIds().id(chunk, 0, chunk.length);
    }

    private static List<byte[]> lengths(int... lengths) {
        List<byte[]> chunks = new ArrayList<>();
        for (int length : lengths) {
            byte[] chunk = new byte[length];
            java.util.Arrays.fill(chunk, (byte) (chunks.size() + 1));
            chunks.add(chunk);
        }
        return chunks;
    }

    @Test
    void everyChunkIsInThePartOfItsOffsetAndSaysWhatTheWholeFrameSays() throws IOException {
        List<byte[]> chunks = Packs.chunks(5, 60, 120_000);
        DecodedFrame whole = frame(chunks);
        assertTrue(whole.partLimit() > 8, "the frame is too small for this test");
        int offset = 0;
        for (int i = 0; i < chunks.size(); i++) {
            byte[] chunk = chunks.get(i);
            DecodedFrame part = whole.part(DecodedFrame.partOf(offset));
            assertTrue(part.holds(id(chunk), offset, chunk.length));
            assertFalse(part.holds(id(chunk), offset, chunk.length + 1));
            assertFalse(part.holds(id(chunk), offset + 1, chunk.length));
            byte[] copy = new byte[chunk.length + 2];
            part.copyTo(offset, copy, 1, chunk.length);
            assertArrayEquals(chunk, java.util.Arrays.copyOfRange(copy, 1, chunk.length + 1));
            ByteBuffer target = ByteBuffer.allocate(chunk.length);
            part.copyTo(offset, target, chunk.length);
            assertArrayEquals(chunk, target.array());
            assertEquals(ByteBuffer.wrap(chunk), part.slice(offset, chunk.length));
            offset += chunk.length;
        }
    }

    @Test
    void thePartsTogetherAreTheFrameAndHoldNothingOfIt() throws IOException {
        DecodedFrame whole = frame(Packs.chunks(6, 60, 120_000));
        int chunk = 0;
        int bytes = 0;
        int heap = 0;
        for (int number = 0; number < whole.partLimit(); number++) {
            DecodedFrame part = whole.part(number);
            assertEquals(PackKind.DATA, part.kind());
            for (int i = 0; i < part.chunkCount(); i++, chunk++) {
                assertEquals(whole.offset(chunk), part.offset(i));
                assertEquals(whole.length(chunk), part.length(i));
                assertEquals(whole.id(chunk, keys.chunkIds()), part.id(i, keys.chunkIds()));
            }
            bytes += part.dataLength();
            heap += part.sizeBytes();
            assertTrue(part.sizeBytes() < WINDOW + 120_000 + 2_000);
            assertSame(part, part.part(number));
            assertNull(part.part(number + 1));
        }
        assertEquals(whole.chunkCount(), chunk);
        assertEquals(whole.dataLength(), bytes);
        assertTrue(heap < whole.sizeBytes() + 100 * whole.partLimit());
        assertNull(whole.part(whole.partLimit()));
    }

    @Test
    void aChunkBelongsWhereItBeginsHoweverFarItReaches() throws IOException {
        DecodedFrame whole = frame(lengths(WINDOW - 1, 1, 1, 3 * WINDOW, 7));
        assertEquals(2, whole.part(0).chunkCount());
        DecodedFrame reaching = whole.part(1);
        assertEquals(2, reaching.chunkCount());
        assertEquals(WINDOW, reaching.offset(0));
        assertEquals(3 * WINDOW + 1, reaching.dataLength());
        assertNull(whole.part(2));
        assertNull(whole.part(3));
        assertEquals(4 * WINDOW + 1, whole.part(4).offset(0));
        assertEquals(5, whole.partLimit());
    }

    @Test
    void aHotFrameIsItsOnlyPart() throws IOException {
        DecodedFrame full = frame(lengths(WINDOW / 2, WINDOW / 2));
        assertSame(full, full.part(0));
        assertEquals(1, full.partLimit());
        DecodedFrame large = frame(lengths(3 << 20));
        assertSame(large, large.part(0));
        assertEquals(1, large.partLimit());
    }

    @Test
    void aPartRefusesWhatLiesOutsideOfIt() throws IOException {
        DecodedFrame whole = frame(lengths(WINDOW, 100, WINDOW));
        DecodedFrame part = whole.part(1);
        int end = 2 * WINDOW + 100;
        for (int[] outside : new int[][] {
            {0, 1},
            {WINDOW - 1, 1},
            {-1, 1},
            {WINDOW, -1},
            {end, 1},
            {WINDOW, WINDOW + 101},
            {Integer.MIN_VALUE, 1},
            {Integer.MAX_VALUE, 1},
            {WINDOW + 1, Integer.MAX_VALUE}
        }) {
            assertThrows(IllegalArgumentException.class, () -> part.slice(outside[0], outside[1]));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> part.copyTo(outside[0], ByteBuffer.allocate(1 << 20), outside[1]));
            assertFalse(part.holds(whole.id(1, keys.chunkIds()), outside[0], outside[1]));
        }
        assertEquals(0, part.slice(end, 0).remaining());
    }

    @Test
    void aPartThatIsSealedAndMovedBackIsThePart() throws IOException {
        List<byte[]> chunks = Packs.chunks(8, 20, 100_000);
        DecodedFrame whole = frame(chunks);
        DecodedFrame part = whole.part(2);
        assertNotNull(part);
        DecodedFrame opened = decode(new FrameWriter(keys.frames()).seal(part));
        assertEquals(0, opened.offset(0));
        DecodedFrame moved = opened.movedTo(part.offset(0));
        for (int i = 0; i < part.chunkCount(); i++) {
            assertTrue(moved.holds(part.id(i, keys.chunkIds()), part.offset(i), part.length(i)));
        }
        assertEquals(part.slice(part.offset(0), part.dataLength()), moved.slice(part.offset(0), part.dataLength()));
        int most = EnvelopeHeader.MAX_PLAIN_BYTES - part.dataLength();
        assertEquals(most, opened.movedTo(most).offset(0));
        for (int nowhere : new int[] {-1, most + 1, Integer.MAX_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> opened.movedTo(nowhere));
        }
    }
}
