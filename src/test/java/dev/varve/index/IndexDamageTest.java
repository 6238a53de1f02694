package dev.varve.index;

import static dev.varve.index.IndexFixtures.chunks;
import static dev.varve.index.IndexFixtures.id;
import static dev.varve.index.IndexFixtures.pack;
import static dev.varve.index.IndexFixtures.publish;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.UnsupportedFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What damage does: less is found, it is said, and the next writer clears it away. Never a wrong answer. */
final class IndexDamageTest {
    private static final int CHUNKS = 100;

    @TempDir
    Path directory;

    private Map<ChunkId, ChunkLocation> chunks;
    private Path list;

    @BeforeEach
    void publishOneSegment() throws IOException {
        list = directory.resolve("segments");
        chunks = new TreeMap<>(chunks(0, CHUNKS, 1));
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            publish(index, chunks, pack(2));
        }
    }

    private Path segment() throws IOException {
        return segments().get(0);
    }

    private List<Path> segments() throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".segment")).toList();
        }
    }

    /** Every chunk is found where it is, or the segment is left out. */
    private boolean answersRightOrLessAndSaysSo(String what) throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            boolean whole = true;
            for (Map.Entry<ChunkId, ChunkLocation> chunk : chunks.entrySet()) {
                ChunkLocation found = index.find(chunk.getKey());
                whole &= found != null;
                if (found != null) {
                    assertEquals(chunk.getValue(), found, what);
                }
            }
            for (int absent = CHUNKS; absent < CHUNKS + 20; absent++) {
                assertFalse(index.contains(id(absent)), what);
            }
            assertEquals(whole, index.problems().isEmpty(), what);
            assertEquals(whole, index.coversPack(pack(1)), what);
            return index.verify().isEmpty() && index.problems().isEmpty();
        }
    }

    @Test
    void everyFlippedByteOfASegmentIsFoundOut() throws IOException {
        Path segment = segment();
        byte[] good = Files.readAllBytes(segment);
        SegmentList.Entry entry =
                SegmentList.decode("list", Files.readAllBytes(list)).entries().get(0);
        for (int at = 0; at < good.length; at++) {
            String what = "byte " + at + " flipped";
            overwrite(segment, at, good[at] ^ 1 << at % 8);
            if (at % 101 == 0) {
                assertFalse(answersRightOrLessAndSaysSo(what), what);
            }
            assertThrows(
                    CorruptException.class, () -> Segment.open(directory, entry).verify(), what);
            assertRightOrCorrupt(entry, what);
            overwrite(segment, at, good[at]);
        }
        assertTrue(answersRightOrLessAndSaysSo("undamaged"));
    }

    private static void overwrite(Path file, int at, int value) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {(byte) value}), at);
        }
    }

    private void assertRightOrCorrupt(SegmentList.Entry entry, String what) throws IOException {
        try {
            Segment opened = Segment.open(directory, entry);
            for (Map.Entry<ChunkId, ChunkLocation> chunk : chunks.entrySet()) {
                assertEquals(chunk.getValue(), opened.find(chunk.getKey()).location(), what);
            }
        } catch (CorruptException | UnsupportedFormatException expected) {
            assertTrue(expected.getMessage().startsWith(directory.toString()), what);
        }
    }

    @Test
    void everyCutOfASegmentIsFoundOut() throws IOException {
        byte[] good = Files.readAllBytes(segment());
        for (int length = 0; length < good.length; length += length < good.length - 500 ? 61 : 1) {
            Files.write(segment(), Arrays.copyOf(good, length));
            assertFalse(answersRightOrLessAndSaysSo("cut to " + length));
        }
    }

    @Test
    void everyFlipAndCutOfTheListLeavesAnEmptyIndexOrANewerFormat() throws IOException {
        byte[] good = Files.readAllBytes(list);
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 << at % 8);
            Files.write(list, bad);
            assertListUnusable("byte " + at + " flipped");
            Files.write(list, Arrays.copyOf(good, at + (at == 0 ? 1 : 0)));
            assertListUnusable("cut to " + at);
        }
    }

    private void assertListUnusable(String what) throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            assertEquals(0, index.size(), what);
            assertEquals(Set.of(), index.packs(), what);
            assertEquals(1, index.problems().size(), what);
        }
    }

    @Test
    void aListOfANewerFormatIsRefused() throws IOException {
        ByteBuffer newer = ByteBuffer.wrap(Files.readAllBytes(list)).order(ByteOrder.LITTLE_ENDIAN);
        newer.putInt(8, 3);
        int body = newer.capacity() - 4;
        newer.putInt(body, SegmentFormat.crc(ByteBuffer.wrap(newer.array(), 0, body)));
        Files.write(list, newer.array());
        assertThrows(UnsupportedFormatException.class, () -> ChunkIndex.open(directory));
    }

    /** A footer may lie with a right checksum; no number of it may lead to a large allocation or a stray exception. */
    @Test
    void everyNumberOfAFooterIsHeldAgainstTheFile() throws IOException {
        byte[] good = Files.readAllBytes(segment());
        int start = good.length - SegmentFormat.FOOTER_BYTES;
        for (int field = start + 8; field < good.length - 4; field += 4) {
            for (int value : List.of(-1, 0, 1, 2, 3, 17, Integer.MAX_VALUE, Integer.MIN_VALUE)) {
                ByteBuffer footer =
                        ByteBuffer.allocate(SegmentFormat.FOOTER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
                footer.put(good, start, SegmentFormat.FOOTER_BYTES).putInt(field - start, value);
                footer.putInt(
                        SegmentFormat.FOOTER_BYTES - 4,
                        SegmentFormat.crc(ByteBuffer.wrap(footer.array(), 0, SegmentFormat.FOOTER_BYTES - 4)));
                try {
                    SegmentFormat format = SegmentFormat.decode("footer", footer.flip(), good.length);
                    assertEquals(good.length, format.fileBytes());
                } catch (CorruptException | UnsupportedFormatException expected) {
                    assertTrue(expected.getMessage().startsWith("footer"));
                }
            }
        }
    }

    @Test
    void anotherSegmentUnderTheListedNameIsNotTakenForIt() throws IOException {
        Path original = segment();
        byte[] other;
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            publish(index, chunks(1000, 1000 + CHUNKS, 1), pack(2));
            Path second = segments().stream()
                    .filter(file -> !file.equals(original))
                    .findFirst()
                    .orElseThrow();
            other = Files.readAllBytes(second);
        }
        assertEquals(Files.size(original), other.length);
        Files.write(original, other);
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            assertEquals(1, index.problems().size());
            assertEquals(CHUNKS, index.size());
        }
    }

    @Test
    void aMissingSegmentIsLeftOutAndTheNextWriterForgetsIt() throws IOException {
        Files.delete(segment());
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            assertTrue(
                    index.problems().get(0).contains("is missing"),
                    index.problems().toString());
            assertFalse(index.coversPack(pack(1)));
            publish(index, chunks(0, CHUNKS, 1));
        }
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            assertEquals(List.of(), index.problems());
            ChunkIndexTest.assertHolds(index, chunks);
        }
    }

    @Test
    void damageMetInALookupIsClearedAwayByTheNextWriter() throws IOException {
        Path damaged = segment();
        byte[] bytes = Files.readAllBytes(damaged);
        bytes[5000] ^= 4;
        Files.write(damaged, bytes);
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            assertEquals(List.of(), index.problems(), "damage in the body shows when it is read");
            chunks.keySet().forEach(index::find);
            assertEquals(1, index.problems().size());
            publish(index, chunks);
            ChunkIndexTest.assertHolds(index, chunks);
        }
        assertFalse(Files.exists(damaged));
    }

    @Test
    void mergingGoesRoundADamagedSegment() throws IOException {
        Path damaged = segment();
        byte[] bytes = Files.readAllBytes(damaged);
        bytes[5000] ^= 4;
        Files.write(damaged, bytes);
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            for (int part = 1; part <= 8; part++) {
                publish(index, chunks((long) part * CHUNKS, (long) part * CHUNKS + CHUNKS, part + 10));
            }
            index.mergeSmall();
            assertEquals(1, index.view().segmentCount());
            assertEquals(8 * CHUNKS, index.size());
            assertFalse(index.coversPack(pack(1)));
            assertEquals(1, index.problems().size());
        }
    }

    @Test
    void leftoversOfAKilledWriterAreRemovedAndOtherFilesAreNot() throws IOException {
        byte[] segment = Files.readAllBytes(segment());
        List<String> leftovers = List.of(
                "00000000000000aa.segment",
                "00000000000000ab.segment.tmp",
                "00000000000000ab.filter.tmp",
                "segments.tmp");
        for (String name : leftovers) {
            Files.write(directory.resolve(name), segment);
        }
        Files.write(directory.resolve("README"), segment);
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            assertEquals(CHUNKS, index.size());
            publish(index, chunks(500, 510, 5));
            ChunkIndexTest.assertHolds(index, chunks);
        }
        for (String name : leftovers) {
            assertFalse(Files.exists(directory.resolve(name)), name);
        }
        assertTrue(Files.exists(directory.resolve("README")));
    }
}
