package dev.varve.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bytes.ByteWriter;
import dev.varve.codec.DecodedFrame;
import dev.varve.codec.Envelope;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import dev.varve.testing.Damage;
import dev.varve.testing.Keys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of the cache that are damaged, cut, or not where they belong. */
class ReadCacheDamageTest {
    private static final long LARGE = 1L << 30;
    private static final PackId PACK = ColdFrames.pack(1);
    private static final EntryName NAME = new EntryName(PACK, 32);

    @TempDir
    Path directory;

    private final RepositoryKeys keys = Keys.encrypted();
    private final ColdFrames frames = new ColdFrames(keys);

    private ReadCache open(RepositoryKeys with) {
        return ReadCache.open(directory, LARGE, with);
    }

    private Path stored(RepositoryKeys with, int frameOffset, DecodedFrame frame) {
        try (ReadCache cache = open(with)) {
            cache.put(PACK, frameOffset, frame);
        }
        return ColdFrames.file(directory, PACK, frameOffset);
    }

    /** Bytes anywhere, with the file's table known or not. */
    @Test
    void aFlippedByteIsAMissAndTheFileIsRemoved() throws IOException {
        for (RepositoryKeys each : List.of(keys, Keys.unencrypted())) {
            ColdFrames made = new ColdFrames(each);
            DecodedFrame frame = made.noise(1, 200_000, 100_000, 60_000, 5);
            int parts = ColdFrames.parts(frame);
            Path file = ColdFrames.file(directory, PACK, 32);
            Files.deleteIfExists(file);
            byte[] good = Files.readAllBytes(stored(each, 32, frame));
            Random random = new Random(7);
            for (int i = 0; i < 60; i++) {
                int at = i < 20 ? random.nextInt(200) : random.nextInt(good.length);
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << random.nextInt(8));
                try (ReadCache cache = open(each)) {
                    Files.write(file, good);
                    if (i % 2 == 0) {
                        assertEquals(parts, made.partsHeld(cache, PACK, 32, frame));
                    }
                    Files.write(file, bad);
                    int held = made.partsHeld(cache, PACK, 32, frame);
                    if (held == parts) {
                        // Only where the table was known already, and then it is not read again.
                        assertTrue(i % 2 == 0 && at < 200, "byte " + at);
                        assertEquals(List.of(), cache.problems());
                    } else {
                        assertFalse(Files.exists(file), "byte " + at);
                        assertEquals(1, cache.problems().size());
                        assertTrue(
                                cache.problems().get(0).contains(file.toString()),
                                cache.problems().get(0));
                        cache.put(PACK, 32, frame);
                        assertEquals(parts, made.partsHeld(cache, PACK, 32, frame));
                    }
                }
            }
        }
    }

    @Test
    void aFileOfAnotherLengthIsAMissAndRemoved() throws IOException {
        DecodedFrame frame = frames.noise(1, 200_000, 100_000, 60_000, 5);
        byte[] good = Files.readAllBytes(stored(keys, 32, frame));
        Path file = ColdFrames.file(directory, PACK, 32);
        Random random = new Random(8);
        for (int i = 0; i < 60; i++) {
            int length =
                    i == 0 ? 0 : i == 1 ? good.length + 1 : i < 10 ? random.nextInt(200) : random.nextInt(good.length);
            Files.write(file, Arrays.copyOf(good, length));
            try (ReadCache cache = open(keys)) {
                assertEquals(0, frames.partsHeld(cache, PACK, 32, frame), "cut at " + length);
            }
            assertFalse(Files.exists(file), "cut at " + length);
        }
    }

    @Test
    void whatIsCutWhileItsTableIsKnownIsRemovedToo() throws IOException {
        DecodedFrame frame = frames.noise(1, 200_000, 100_000, 60_000, 5);
        Path file = stored(keys, 32, frame);
        try (ReadCache cache = open(keys)) {
            assertTrue(frames.holds(cache, PACK, 32, frame, 0));
            Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 290_000));
            assertFalse(frames.holds(cache, PACK, 32, frame, 1));
            assertFalse(Files.exists(file));
        }
    }

    @Test
    void swappedFilesAreMissesAndRemoved() throws IOException {
        DecodedFrame one = frames.frame(1);
        DecodedFrame two = frames.frame(2);
        Path first = stored(keys, 32, one);
        Path second = stored(keys, 64, two);
        Path aside = directory.resolve("aside");
        Files.move(first, aside);
        Files.move(second, first);
        Files.move(aside, second);
        try (ReadCache cache = open(keys)) {
            assertEquals(0, frames.partsHeld(cache, PACK, 32, one));
            assertEquals(0, frames.partsHeld(cache, PACK, 64, two));
        }
        assertEquals(List.of(), ColdFrames.files(directory));
        Path other = ColdFrames.file(directory, ColdFrames.pack(2), 32);
        Files.createDirectories(other.getParent());
        Files.move(stored(keys, 32, one), other, StandardCopyOption.REPLACE_EXISTING);
        try (ReadCache cache = open(keys)) {
            assertEquals(0, frames.partsHeld(cache, ColdFrames.pack(2), 32, one));
        }
        assertFalse(Files.exists(other));
    }

    @Test
    void anotherRepositorysFileIsAMissAndRemoved() throws IOException {
        DecodedFrame frame = frames.frame(1);
        Path file = stored(Keys.encrypted(), 32, frame);
        try (ReadCache cache = open(keys)) {
            assertEquals(0, frames.partsHeld(cache, PACK, 32, frame));
        }
        assertFalse(Files.exists(file));
    }

    /** Both parts are sealed by us and as long as each other: only the tags in the table tell them apart. */
    @Test
    void swappedPartsAreMissesAndRemoved() throws IOException {
        int window = ColdFrames.WINDOW;
        DecodedFrame frame = frames.noise(1, window, window, window);
        DecodedFrame other = frames.noise(2, window, window, window);
        byte[] good = Files.readAllBytes(stored(keys, 32, frame));
        byte[] foreign = Files.readAllBytes(stored(keys, 64, other));
        int part = window + 12 + 4 + 48 + 16;
        int table = good.length - 3 * part;
        byte[] swapped = good.clone();
        System.arraycopy(good, table, swapped, table + part, part);
        System.arraycopy(good, table + part, swapped, table, part);
        byte[] taken = good.clone();
        System.arraycopy(foreign, foreign.length - part, taken, taken.length - part, part);
        Path file = ColdFrames.file(directory, PACK, 32);
        for (byte[] bad : List.of(swapped, taken)) {
            for (int number = 0; number < 3; number++) {
                Files.write(file, bad);
                try (ReadCache cache = open(keys)) {
                    boolean untouched = number == (bad == taken ? 0 : 2) || bad == taken && number == 1;
                    assertEquals(untouched, frames.holds(cache, PACK, 32, frame, number));
                    assertEquals(untouched, Files.exists(file));
                }
            }
        }
    }

    @Test
    void aTableIsRefusedWhereverItIsDamaged() throws IOException {
        DecodedFrame frame = frames.frame(1);
        for (RepositoryKeys each : List.of(keys, Keys.unencrypted())) {
            EntryCodec codec = new EntryCodec(each);
            ByteBuffer[] pieces = codec.seal(NAME, frame);
            byte[] table = new byte[pieces[0].remaining()];
            pieces[0].get(table);
            long parts = Arrays.stream(pieces)
                    .skip(1)
                    .mapToLong(ByteBuffer::remaining)
                    .sum();
            PartTable expected = codec.openTable("file", NAME, ByteBuffer.wrap(table), table.length + parts)
                    .table();
            int refused = Damage.everywhere(
                    table,
                    damaged -> assertEquals(
                            expected,
                            codec.openTable("file", NAME, ByteBuffer.wrap(damaged), damaged.length + parts)
                                    .table()));
            assertEquals(4 * table.length + 1, refused);
        }
    }

    /** Without encryption anyone can make a seal that fits, so what is inside must be doubted as well. */
    @Test
    void aHostileTableInsideAGoodSealIsAMiss() throws IOException {
        RepositoryKeys plain = Keys.unencrypted();
        ColdFrames made = new ColdFrames(plain);
        DecodedFrame frame = made.noise(1, 300_000, 100_000);
        ByteBuffer[] pieces = new EntryCodec(plain).seal(NAME, frame);
        PartTable.Part first = PartTable.Part.of(0, pieces[1]);
        PartTable.Part second = PartTable.Part.of(300_000, pieces[2]);
        assertNotEquals(first, second);
        int window = ColdFrames.WINDOW;
        PartTable.Part[][] hostile = {
            {},
            {second, first},
            {first, first},
            {first, moved(second, 100)},
            {first, moved(second, -1)},
            {first, moved(second, (8 << 20) - 1)},
            {first, moved(second, 8 << 20)},
            {first, moved(second, window + 1)},
            {first, new PartTable.Part(300_000, -1, second.tag())},
            {first, new PartTable.Part(300_000, 63, second.tag())},
            {first, new PartTable.Part(300_000, second.storedLength(), ByteString.of(new byte[16]))},
        };
        Path file = ColdFrames.file(directory, PACK, 32);
        Files.createDirectories(file.getParent());
        for (PartTable.Part[] parts : hostile) {
            write(file, plain, encode(parts.length, parts), pieces);
            try (ReadCache cache = open(plain)) {
                // A base that is not the true one gives chunks at other offsets, which no caller takes for its own.
                DecodedFrame found = cache.get(PACK, 32, 1);
                assertTrue(
                        found == null || !found.holds(frame.id(1, plain.chunkIds()), frame.offset(1), frame.length(1)),
                        Arrays.toString(parts));
            }
        }
        for (int count : new int[] {0, 1, 3, 33, -1, Integer.MAX_VALUE}) {
            write(file, plain, encode(count, first, second), pieces);
            try (ReadCache cache = open(plain)) {
                assertEquals(0, made.partsHeld(cache, PACK, 32, frame), "count " + count);
            }
            assertFalse(Files.exists(file), "count " + count);
        }
        Random random = new Random(9);
        for (int i = 0; i < 2_000; i++) {
            byte[] noise = new byte[random.nextInt(100)];
            random.nextBytes(noise);
            if (i % 2 == 0 && noise.length > 20) {
                System.arraycopy(encode(1).toByteArray(), 0, noise, 0, 20);
            }
            assertThrows(CorruptException.class, () -> PartTable.decode("file", NAME, noise));
        }
        write(file, plain, encode(2, first, second), pieces);
        try (ReadCache cache = open(plain)) {
            assertEquals(2, made.partsHeld(cache, PACK, 32, frame), "the test makes no good file");
        }
    }

    private static PartTable.Part moved(PartTable.Part part, int base) {
        return new PartTable.Part(base, part.storedLength(), part.tag());
    }

    private static ByteWriter encode(int count, PartTable.Part... parts) {
        ByteWriter writer = new ByteWriter()
                .u64(Long.reverseBytes(PACK.high()))
                .u64(Long.reverseBytes(PACK.low()))
                .u32(32)
                .i32(count);
        for (PartTable.Part part : parts) {
            writer.i32(part.base()).i32(part.storedLength()).bytes(part.tag());
        }
        return writer;
    }

    private static void write(Path file, RepositoryKeys keys, ByteWriter table, ByteBuffer[] pieces)
            throws IOException {
        ByteWriter all = new ByteWriter()
                .bytes(new Envelope(ReadCacheFormat.TABLE_MAGIC, keys.readCache()).seal(0, table.toBuffer()))
                .bytes(pieces[1])
                .bytes(pieces[2]);
        Files.write(file, all.toByteArray());
    }
}
