package dev.varve.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.PackKind;
import dev.varve.repository.ChunkLane;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.StoredInodes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DirectoryTest {
    private final MemoryChunks chunks = new MemoryChunks();
    private final ChunkLane lane = chunks.lane(PackKind.METADATA);
    private final VolumeCache cache = VolumeCache.ofBytes(64 << 20);

    private static SortedMap<ByteString, Long> names(Random random, int count) {
        SortedMap<ByteString, Long> names = new TreeMap<>();
        while (names.size() < count) {
            byte[] name = new byte[1 + random.nextInt(30)];
            random.nextBytes(name);
            ByteString candidate = ByteString.of(name);
            if (DirectoryWriter.isValidName(candidate)) {
                names.put(candidate, 1 + random.nextLong(1L << 40));
            }
        }
        return names;
    }

    private DirectoryRoot write(SortedMap<ByteString, Long> names) throws IOException {
        DirectoryWriter writer = new DirectoryWriter(lane);
        for (var entry : names.entrySet()) {
            writer.add(new DirectoryEntry(entry.getKey(), entry.getValue(), FileType.REGULAR));
        }
        return writer.finish();
    }

    @Test
    void anEntryThatAReaderWouldRefuseIsRefused() throws IOException {
        DirectoryWriter writer = new DirectoryWriter(lane);
        ByteString name = ByteString.utf8("a");
        assertThrows(IllegalArgumentException.class, () -> writer.add(new DirectoryEntry(name, 0, FileType.REGULAR)));
        assertThrows(IllegalArgumentException.class, () -> writer.add(new DirectoryEntry(name, 5, null)));
        writer.add(new DirectoryEntry(name, 5, FileType.REGULAR));
        assertEquals(1, writer.finish().entryCount());
    }

    @Test
    void everyNameIsFoundAndListedInOrderFromAnyIndex() throws IOException {
        for (int count : new int[] {0, 1, 2, 64, 65, 5000, 100_000}) {
            Random random = new Random(count);
            SortedMap<ByteString, Long> names = names(random, count);
            StoredVolume volume = StoredInodes.volume(chunks, cache);
            StoredInode directory = StoredInodes.directory(2, 2, write(names));
            List<ByteString> sorted = new ArrayList<>(names.keySet());
            for (int i = 0; i < Math.min(count, 500); i++) {
                ByteString name = sorted.get(random.nextInt(count));
                assertEquals(names.get(name), volume.lookup(directory, name).inode());
                ByteString absent =
                        ByteString.of((name.display() + "?").getBytes(java.nio.charset.StandardCharsets.UTF_8));
                assertEquals(names.containsKey(absent), volume.lookup(directory, absent) != null);
            }
            assertNull(volume.lookup(directory, ByteString.EMPTY));
            for (int from : new int[] {0, count / 2, Math.max(0, count - 1), count}) {
                List<ByteString> listed = new ArrayList<>();
                volume.list(directory, from, (entry, index) -> {
                    assertEquals(from + listed.size(), index);
                    return listed.add(entry.name());
                });
                assertEquals(sorted.subList(from, count), listed);
            }
        }
    }

    @Test
    void oneNewNameInALargeDirectoryRewritesFewNodes() throws IOException {
        SortedMap<ByteString, Long> names = names(new Random(3), 50_000);
        write(names);
        int before = chunks.count();
        names.put(ByteString.utf8("a new file"), 77L);
        write(names);
        assertTrue(chunks.count() - before <= 5, "new nodes " + (chunks.count() - before));
    }

    @Test
    void namesThatAreNoNamesAreRefused() {
        DirectoryWriter writer = new DirectoryWriter(lane);
        for (String bad : List.of("", ".", "..", "a/b", "a\0b", "x".repeat(256))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> writer.add(new DirectoryEntry(ByteString.utf8(bad), 1, FileType.REGULAR)),
                    bad);
        }
        assertTrue(DirectoryWriter.isValidName(ByteString.utf8("...")));
    }
}
