package dev.varve.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bytes.ByteWriter;
import dev.varve.bytes.Checksums;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.PackKind;
import dev.varve.model.UnsupportedFormatException;
import dev.varve.testing.Damage;
import dev.varve.testing.Keys;
import dev.varve.testing.Packs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameTest {
    private final RepositoryKeys keys = Keys.encrypted();

    @Test
    void chunksComeBackInOrder() throws IOException {
        List<byte[]> chunks = Packs.chunks(1, 9, 20_000);
        DecodedFrame frame = decode(keys, seal(keys, chunks).stored());
        assertEquals(PackKind.METADATA, frame.kind());
        assertChunks(chunks, frame);
    }

    @Test
    void whatDoesNotShrinkIsStoredRaw() throws IOException {
        byte[] noise = new byte[100_000];
        new Random(1).nextBytes(noise);
        SealedFrame frame = seal(keys, List.of(noise));
        assertEquals(noise.length + 12 + 4 + 48 + 16, frame.storedLength());
        assertChunks(List.of(noise), decode(keys, frame.stored()));
        assertTrue(seal(keys, List.of(new byte[100_000])).storedLength() < 1_000);
    }

    @Test
    void aBuilderTakesChunksUpToItsTargetAndOneLargerAlone() {
        FrameBuilder builder = new FrameBuilder(1_000);
        ChunkId id = new ChunkId(1, 2, 3, 4);
        assertTrue(builder.fits(5_000));
        builder.add(id, new byte[600], 0, 600);
        assertTrue(builder.fits(400));
        assertFalse(builder.fits(401));
        assertThrows(IllegalArgumentException.class, () -> builder.add(id, new byte[401], 0, 401));
        builder.clear();
        builder.add(id, new byte[5_000], 0, 5_000);
        assertFalse(builder.fits(1));
    }

    @Test
    void aFrameTakesNoMoreChunksThanTheFormatAllows() throws IOException {
        FrameBuilder builder = new FrameBuilder(1 << 20);
        ChunkId id = new ChunkId(1, 2, 3, 4);
        for (int i = 0; i < FrameFormat.MAX_CHUNKS; i++) {
            builder.add(id, new byte[1], 0, 1);
        }
        assertFalse(builder.fits(1));
        SealedFrame frame = new FrameWriter(keys.frames()).seal(PackKind.DATA, builder);
        assertEquals(FrameFormat.MAX_CHUNKS, decode(keys, frame.stored()).chunkCount());
    }

    @Test
    void theLargestFrameOfTheFormatComesBack() throws IOException {
        byte[] largest = new byte[FrameFormat.MAX_DATA_BYTES];
        new Random(2).nextBytes(largest);
        FrameBuilder builder = new FrameBuilder(FrameFormat.MAX_DATA_BYTES);
        builder.add(new ChunkId(1, 2, 3, 4), largest, 0, largest.length);
        SealedFrame frame = new FrameWriter(keys.frames()).seal(PackKind.DATA, builder);
        assertChunks(List.of(largest), decode(keys, frame.stored()));
    }

    @Test
    void aDamagedFrameIsRefused() throws IOException {
        for (RepositoryKeys each : List.of(keys, Keys.unencrypted())) {
            for (List<byte[]> chunks : List.of(List.of(new byte[300]), Packs.chunks(3, 4, 40))) {
                byte[] sample = array(seal(each, chunks).stored());
                int refused = Damage.everywhere(
                        sample, damaged -> assertChunks(chunks, decode(each, ByteBuffer.wrap(damaged))));
                assertEquals(4 * sample.length + 1, refused);
            }
        }
    }

    /** Without encryption anyone can make a seal that fits, so what is inside must be doubted as well. */
    @Test
    void aHostileTableInsideAGoodSealIsRefused() {
        RepositoryKeys plain = Keys.unencrypted();
        Envelope envelope = new Envelope(FrameFormat.MAGIC, plain.frames());
        Random random = new Random(4);
        for (int[] table :
                new int[][] {{}, {0}, {1, 1}, {4, 2}, {-1, 1}, {3, -1}, {5, 1 << 30}, {5, 0, 2}, {2, 2, 2}}) {
            ByteWriter inside = new ByteWriter().zeros(5);
            for (int word : table) {
                inside.i32(word);
            }
            ByteBuffer stored = envelope.seal(0, inside.toBuffer());
            assertThrows(CorruptException.class, () -> decode(plain, stored));
        }
        for (int i = 0; i < 2_000; i++) {
            byte[] noise = new byte[random.nextInt(40)];
            random.nextBytes(noise);
            ByteBuffer stored = envelope.seal(0, ByteBuffer.wrap(noise));
            assertThrows(CorruptException.class, () -> decode(plain, stored));
        }
    }

    @Test
    void hostileLengthsAreRefusedBeforeAnythingIsAllocated() throws IOException {
        byte[] sample = array(seal(keys, List.of(new byte[300])).stored());
        for (int at : new int[] {8, 12}) {
            for (int length : new int[] {-1, Integer.MAX_VALUE, EnvelopeHeader.MAX_PLAIN_BYTES + 17, 0}) {
                byte[] hostile = sample.clone();
                ByteBuffer.wrap(hostile).order(ByteOrder.LITTLE_ENDIAN).putInt(at, length);
                checksum(hostile);
                assertThrows(CorruptException.class, () -> decode(keys, ByteBuffer.wrap(hostile)));
            }
        }
    }

    @Test
    void anUnknownCodecAndANewerVersionAreUnsupported() throws IOException {
        byte[] sample = array(seal(keys, List.of(new byte[300])).stored());
        byte[] unknown = sample.clone();
        unknown[6] = 3;
        checksum(unknown);
        assertThrows(UnsupportedFormatException.class, () -> decode(keys, ByteBuffer.wrap(unknown)));
        byte[] newer = sample.clone();
        newer[4] = 2;
        assertThrows(UnsupportedFormatException.class, () -> decode(keys, ByteBuffer.wrap(newer)));
    }

    @Test
    void javaAndNativeLz4ReadEachOther() {
        byte[] text = "abcabcabcabcabcabcabc".repeat(50).getBytes(StandardCharsets.US_ASCII);
        for (Lz4[] pair : new Lz4[][] {{Lz4.fastest(), Lz4.safeJava()}, {Lz4.safeJava(), Lz4.fastest()}}) {
            byte[] room = new byte[Lz4.maxCompressedLength(text.length)];
            int length = pair[0].compress(text, 0, text.length, room);
            byte[] back = new byte[text.length];
            assertTrue(pair[1].decompress(room, 0, length, back));
            assertArrayEquals(text, back);
            assertFalse(pair[1].decompress(room, 0, length, new byte[text.length - 1]));
            assertFalse(pair[1].decompress(room, 0, length, new byte[text.length + 1]));
            assertFalse(pair[1].decompress(room, 0, length - 1, back));
        }
    }

    private static void checksum(byte[] envelope) {
        int crc = Checksums.crc32c(envelope, 0, 40);
        ByteBuffer.wrap(envelope).order(ByteOrder.LITTLE_ENDIAN).putInt(40, crc);
    }

    private static SealedFrame seal(RepositoryKeys keys, List<byte[]> chunks) {
        FrameBuilder builder = new FrameBuilder(FrameFormat.HOT_TARGET_BYTES);
        chunks.forEach(chunk -> builder.add(keys.chunkIds().id(chunk, 0, chunk.length), chunk, 0, chunk.length));
        return new FrameWriter(keys.frames()).seal(PackKind.METADATA, builder);
    }

    private static DecodedFrame decode(RepositoryKeys keys, ByteBuffer stored) throws IOException {
        return new FrameReader(keys.frames()).decode("pack", 32, stored);
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static void assertChunks(List<byte[]> expected, DecodedFrame frame) {
        assertEquals(expected.size(), frame.chunkCount());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), array(frame.slice(frame.offset(i), frame.length(i))));
        }
    }
}
