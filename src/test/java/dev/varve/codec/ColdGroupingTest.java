package dev.varve.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.crypto.RepositoryKeys;
import dev.varve.crypto.Sealer;
import dev.varve.model.AuthenticationException;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.PackKind;
import dev.varve.testing.Keys;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ColdGroupingTest {
    private final RepositoryKeys keys = Keys.encrypted();
    private final FrameWriter writer = new FrameWriter(keys.frames());
    private final FrameReader reader = new FrameReader(keys.frames());

    @Test
    void neighboursOfOneClassShareFramesAndEveryChunkComesBackOnce() throws IOException {
        List<ColdGroup> groups = new ArrayList<>();
        ColdGrouping grouping = new ColdGrouping(PackKind.DATA, groups::add);
        Map<ContentClass, List<ChunkId>> expected = new EnumMap<>(ContentClass.class);
        Random random = new Random(1);
        for (int i = 0; i < 160; i++) {
            ContentClass contentClass = ContentClass.values()[random.nextInt(ContentClass.values().length)];
            byte[] chunk = Samples.of(contentClass, random, 8192 + random.nextInt(120_000));
            ChunkId id = keys.chunkIds().id(chunk, 0, chunk.length);
            expected.computeIfAbsent(contentClass, each -> new ArrayList<>()).add(id);
            byte[] wider = new byte[chunk.length + 7];
            System.arraycopy(chunk, 0, wider, 3, chunk.length);
            grouping.add(id, wider, 3, chunk.length);
        }
        int full = groups.size();
        grouping.finish();
        assertTrue(full > 0 && groups.size() <= full + ContentClass.values().length);
        Map<ContentClass, List<ChunkId>> found = new EnumMap<>(ContentClass.class);
        for (ColdGroup group : groups) {
            assertTrue(group.chunks().dataLength() <= group.contentClass().frameBytes());
            SealedFrame sealed = group.seal(writer);
            DecodedFrame frame = reader.decode("pack", 32, sealed.stored());
            assertEquals(PackKind.DATA, frame.kind());
            assertEquals(sealed.chunks().size(), frame.chunkCount());
            for (int i = 0; i < frame.chunkCount(); i++) {
                ChunkId id = frame.id(i, keys.chunkIds());
                assertEquals(sealed.chunks().get(i).id(), id);
                found.computeIfAbsent(group.contentClass(), each -> new ArrayList<>())
                        .add(id);
            }
        }
        assertEquals(expected, found);
    }

    @Test
    void aFullFrameOfEachClassComesBack() throws IOException {
        for (ContentClass contentClass : ContentClass.values()) {
            byte[] chunk = Samples.of(contentClass, new Random(2), contentClass.frameBytes());
            assertEquals(contentClass, ContentClass.of(chunk, 0, chunk.length));
            SealedFrame sealed = seal(writer, chunk, contentClass);
            DecodedFrame frame = reader.decode("pack", 32, sealed.stored());
            byte[] back = new byte[chunk.length];
            frame.copyTo(0, back, 0, back.length);
            assertArrayEquals(chunk, back);
            int codec = sealed.stored().get(6);
            assertEquals(contentClass == ContentClass.NOISE ? Codec.RAW.code() : Codec.XZ.code(), codec);
        }
    }

    @Test
    void aChunkOfOneByteAndOneLongerThanAFrameHaveTheirPlace() throws IOException {
        List<ColdGroup> groups = new ArrayList<>();
        ColdGrouping grouping = new ColdGrouping(PackKind.METADATA, groups::add);
        byte[] large = new byte[FrameFormat.MAX_DATA_BYTES];
        grouping.add(new ChunkId(1, 2, 3, 4), large, 0, 1);
        grouping.add(new ChunkId(5, 6, 7, 8), large, 0, large.length);
        assertEquals(1, groups.size());
        grouping.finish();
        grouping.finish();
        assertEquals(2, groups.size());
        for (ColdGroup group : groups) {
            int length = group.chunks().dataLength();
            DecodedFrame frame = reader.decode("pack", 32, group.seal(writer).stored());
            assertEquals(PackKind.METADATA, frame.kind());
            assertEquals(length, frame.dataLength());
        }
    }

    @Test
    void nothingGivesNoGroup() throws IOException {
        List<ColdGroup> groups = new ArrayList<>();
        new ColdGrouping(PackKind.DATA, groups::add).finish();
        assertTrue(groups.isEmpty());
        ColdGroup empty = new ColdGroup(PackKind.DATA, ContentClass.TEXT, new FrameBuilder(100));
        assertThrows(IllegalArgumentException.class, () -> empty.seal(writer));
    }

    @Test
    void aFailingSinkStopsTheGrouping() {
        ColdGrouping grouping = new ColdGrouping(PackKind.DATA, group -> {
            throw new IOException("no room");
        });
        assertThrows(IOException.class, () -> {
            byte[] chunk = new byte[128 << 10];
            for (int i = 0; i < 40; i++) {
                grouping.add(new ChunkId(i, 0, 0, 0), chunk, 0, chunk.length);
            }
        });
    }

    /** Memory that turns a bit between compressing and sealing gives a frame that is authentic and wrong. */
    @Test
    void aFrameThatDoesNotGiveBackWhatWentInIsNotHandedOut() {
        FrameWriter faulty = new FrameWriter(new FlippingSealer(keys.frames()));
        for (ContentClass contentClass : ContentClass.values()) {
            byte[] chunk = Samples.of(contentClass, new Random(3), 20_000);
            String message = assertThrows(CorruptException.class, () -> seal(faulty, chunk, contentClass))
                    .getMessage();
            assertTrue(message.startsWith("frame of 20016 bytes, just compressed"), message);
        }
    }

    @Test
    void sealingTakesNoMoreMemoryThanItSays() throws IOException {
        for (ContentClass contentClass : ContentClass.values()) {
            XzSettings xz = contentClass.xz();
            long encoder = xz == null ? 0 : Xz.encoderBytes(xz);
            // Beside the encoder: what is compressed into, what is stored, what is opened into, and its dictionary.
            long all = encoder + 4L * contentClass.frameBytes();
            assertTrue(all <= ColdGroup.SEALING_BYTES, contentClass + " takes " + all);
        }
    }

    @Test
    void textIsTextAlsoWithOtherLetters() {
        assertEquals(ContentClass.TEXT, classOf("int main(void)\n{\n\treturn 0;\n}\n".repeat(300)));
        assertEquals(ContentClass.TEXT, classOf("die Größe der übrigen Schichten; ".repeat(300)));
        assertEquals(ContentClass.TEXT, classOf("x"));
        assertEquals(ContentClass.RECORDS, classOf(("a row of a table" + "\0").repeat(900)));
        assertEquals(ContentClass.BINARY, classOf("\0\0\0\u0001abc\0".repeat(900)));
        assertEquals(ContentClass.BINARY, ContentClass.of(new byte[9_000], 0, 9_000));
    }

    @Test
    void onlyWhatIsSpreadLikeRandomBytesIsNoise() {
        Random random = new Random(4);
        for (int length : new int[] {512, 1_000, 8_192, 131_072}) {
            byte[] noise = new byte[length];
            random.nextBytes(noise);
            assertEquals(ContentClass.NOISE, ContentClass.of(noise, 0, length), "random, " + length);
            for (int i = 0; i < length; i++) {
                noise[i] &= 0x7f;
            }
            assertFalse(ContentClass.of(noise, 0, length) == ContentClass.NOISE, "seven bits, " + length);
        }
    }

    @Test
    void theCodeOfThisProcessorsPrograms() throws IOException {
        byte[] library = Samples.library();
        int code = 0;
        int chunks = 0;
        for (int offset = library.length / 3; offset < library.length * 2 / 3; offset += 32 << 10) {
            code += ContentClass.of(library, offset, 32 << 10) == ContentClass.X86_CODE ? 1 : 0;
            chunks++;
        }
        assertTrue(
                Samples.onX86() ? code * 10 > chunks * 7 : code * 100 < chunks,
                code + " of " + chunks + " are x86 code");
    }

    @Test
    void theFilterForCodePays() throws IOException {
        byte[] code = Samples.of(ContentClass.X86_CODE, new Random(5), 1 << 20);
        assertTrue(seal(writer, code, ContentClass.X86_CODE).storedLength()
                < seal(writer, code, ContentClass.BINARY).storedLength());
    }

    private SealedFrame seal(FrameWriter frames, byte[] chunk, ContentClass contentClass) throws IOException {
        FrameBuilder builder = new FrameBuilder(contentClass.frameBytes());
        builder.add(keys.chunkIds().id(chunk, 0, chunk.length), chunk, 0, chunk.length);
        return new ColdGroup(PackKind.DATA, contentClass, builder).seal(frames);
    }

    private static ContentClass classOf(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertNotNull(ContentClass.of(bytes, 0, 0));
        return ContentClass.of(bytes, 0, bytes.length);
    }

    /** Seals something else than it is given. */
    private record FlippingSealer(Sealer sealer) implements Sealer {
        @Override
        public byte[] nonce() {
            return sealer.nonce();
        }

        @Override
        public void seal(byte[] nonce, ByteBuffer header, ByteBuffer plaintext, ByteBuffer target) {
            byte[] other = new byte[plaintext.remaining()];
            plaintext.get(other);
            other[other.length / 2] ^= 1;
            sealer.seal(nonce, header, ByteBuffer.wrap(other), target);
        }

        @Override
        public void open(byte[] nonce, ByteBuffer header, ByteBuffer sealed, ByteBuffer target)
                throws AuthenticationException {
            sealer.open(nonce, header, sealed, target);
        }
    }

    private static final class Samples {
        private static final String[] WORDS =
                "layer lake year ice melt clay silt sand spring summer count thin dark".split(" ");

        /** Bytes of that class. */
        static byte[] of(ContentClass contentClass, Random random, int length) {
            byte[] bytes = new byte[length];
            switch (contentClass) {
                case NOISE -> random.nextBytes(bytes);
                case TEXT, RECORDS -> {
                    StringBuilder text = new StringBuilder();
                    while (text.length() < length) {
                        text.append(WORDS[random.nextInt(WORDS.length)])
                                .append(' ')
                                .append(random.nextInt(100));
                        text.append(random.nextInt(4) > 0 ? ' ' : contentClass == ContentClass.TEXT ? '\n' : '\0');
                    }
                    System.arraycopy(text.toString().getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, length);
                }
                case BINARY -> {
                    for (int i = 0; i + 4 <= length; i += 4) {
                        ByteBuffer.wrap(bytes).putInt(i, i * 3 + random.nextInt(50));
                    }
                }
                case X86_CODE -> {
                    ByteBuffer code = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                    while (code.remaining() >= 16) {
                        code.put(new byte[] {0x48, (byte) 0x89, (byte) (0xc0 + random.nextInt(8))});
                        code.put((byte) 0xe8).putInt(0x10000 * (1 + random.nextInt(40)) + 0x2345 - code.position() - 4);
                        code.put(new byte[] {0x48, (byte) 0x8b, 0x44, 0x24, (byte) random.nextInt(64)});
                    }
                }
            }
            return bytes;
        }

        static boolean onX86() {
            return List.of("amd64", "x86_64").contains(System.getProperty("os.arch"));
        }

        /** The Java machine itself. */
        static byte[] library() throws IOException {
            Path server = Path.of(System.getProperty("java.home"), "lib", "server");
            try (InputStream file = Files.newInputStream(server.resolve("libjvm.so"))) {
                return file.readAllBytes();
            }
        }
    }
}
