package dev.varve.index;

import static dev.varve.index.IndexFixtures.chunks;
import static dev.varve.index.IndexFixtures.id;
import static dev.varve.index.IndexFixtures.location;
import static dev.varve.index.IndexFixtures.pack;
import static dev.varve.index.IndexFixtures.publish;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChunkIndexTest {
    @TempDir
    Path temporary;

    private Path directory() {
        return temporary.resolve("cache/index");
    }

    @Test
    void aMissingDirectoryIsAnEmptyIndexAndIsMadePrivate() throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory())) {
            assertEquals(0, index.size());
            assertNull(index.find(id(1)));
            assertEquals(-1, index.view().ordinal(id(1)));
            assertEquals(List.of(), index.problems());
        }
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory())));
    }

    @Test
    void whatIsPublishedIsFoundAtOnceAndAfterReopening() throws IOException {
        Map<ChunkId, ChunkLocation> chunks = chunks(0, 3000, 7);
        try (ChunkIndex index = ChunkIndex.open(directory())) {
            publish(index, chunks);
            assertHolds(index, chunks);
        }
        try (ChunkIndex index = ChunkIndex.open(directory())) {
            assertHolds(index, chunks);
            assertFalse(index.contains(id(3000)));
            assertTrue(index.coversPack(pack(7)));
            assertFalse(index.coversPack(pack(8)));
            assertEquals(List.of(), index.verify());
        }
        try (var files = Files.list(directory())) {
            for (Path file : files.toList()) {
                assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            }
        }
    }

    /** Sizes around the page of 77 or 1258 entries, where MapDB's sink decides whether a node still fits. */
    @Test
    void anyNumberOfEntriesFillsOneNodeAPage() throws IOException {
        for (int count :
                List.of(0, 1, 76, 77, 78, 79, 153, 154, 155, 231, 8192, 8193, 10_064, 10_065, 20_128, 20_129)) {
            Path own = temporary.resolve("size" + count);
            Map<ChunkId, ChunkLocation> chunks = chunks(0, count, 1);
            try (ChunkIndex index = ChunkIndex.open(own)) {
                publish(index, chunks, pack(2));
                assertHolds(index, chunks);
                assertEquals(count, index.size());
                assertEquals(List.of(), index.verify(), "of " + count);
                assertTrue(index.coversPack(pack(2)));
            }
        }
    }

    @Test
    void aPackWithoutChunksIsCovered() throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory())) {
            index.publish(new IndexDelta(10), List.of(pack(3)));
        }
        try (ChunkIndex index = ChunkIndex.open(directory())) {
            assertEquals(Set.of(pack(3)), index.packs());
            assertNull(index.find(id(1)));
            assertEquals(List.of(), index.verify());
        }
    }

    @Test
    void theNewestSegmentWinsBeforeAndAfterMerging() throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory())) {
            for (int pack = 1; pack <= 8; pack++) {
                publish(index, chunks(pack, pack + 20, pack));
            }
            for (String when : List.of("before", "after")) {
                for (int i = 1; i < 28; i++) {
                    assertEquals(location(i, Math.min(i, 8)), index.find(id(i)), when + " merging, chunk " + i);
                }
                index.mergeSmall();
            }
            assertEquals(1, index.view().segmentCount());
            assertEquals(27, index.size());
            assertEquals(8, index.packs().size());
        }
    }

    @Test
    void ordinalsAreDifferentAndInRangeAndStayWithTheirView() throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory())) {
            Map<ChunkId, ChunkLocation> all = new TreeMap<>();
            for (int part = 0; part < 8; part++) {
                Map<ChunkId, ChunkLocation> some = chunks(part * 900L, part * 900L + 1000, part);
                all.putAll(some);
                publish(index, some);
            }
            IndexView view = index.view();
            Map<ChunkId, Long> ordinals = new HashMap<>();
            BitSet taken = new BitSet();
            for (ChunkId id : all.keySet()) {
                long ordinal = view.ordinal(id);
                assertTrue(ordinal >= 0 && ordinal < view.ordinalCount());
                assertFalse(taken.get((int) ordinal));
                taken.set((int) ordinal);
                ordinals.put(id, ordinal);
            }
            index.mergeSmall();
            Map<ChunkId, ChunkLocation> visited = new LinkedHashMap<>();
            view.forEach((id, location, ordinal) -> {
                visited.put(id, location);
                assertEquals(ordinals.get(id), ordinal);
            });
            assertEquals(List.copyOf(all.entrySet()), List.copyOf(visited.entrySet()));
        }
    }

    @Test
    void agreesWithAMapWhateverTheOrderOfPublishingAndMerging() throws IOException {
        for (int seed = 0; seed < 6; seed++) {
            Random random = new Random(seed);
            Map<ChunkId, ChunkLocation> model = new HashMap<>();
            Path own = temporary.resolve("property" + seed);
            try (ChunkIndex index = ChunkIndex.open(own, 6000)) {
                for (int step = 0; step < 30; step++) {
                    long first = random.nextInt(4000);
                    Map<ChunkId, ChunkLocation> chunks =
                            chunks(first, first + random.nextInt(1 + random.nextInt(2000)), step);
                    publish(index, chunks);
                    model.putAll(chunks);
                    if (random.nextInt(4) == 0) {
                        index.mergeSmall();
                    }
                }
                for (int i = 0; i < 6000; i++) {
                    assertEquals(model.get(id(i)), index.find(id(i)), "seed " + seed + ", chunk " + i);
                }
                assertEquals(List.of(), index.verify(), "seed " + seed);
            }
        }
    }

    /** Ids that no hash would make: the search must not rely on their being spread evenly. */
    @Test
    void findsKeysThatAreNotUniform() throws IOException {
        Map<ChunkId, ChunkLocation> chunks = new TreeMap<>();
        for (int i = 0; i < 12_000; i++) {
            ChunkId id = switch (i % 4) {
                case 0 -> new ChunkId(0, 0, 0, i);
                case 1 -> new ChunkId(-1, -1, i, -1);
                case 2 -> new ChunkId(1L << i % 63, i, 0, 0);
                default -> new ChunkId(0x7fffffffffffffffL + i, 5, 5, 5);
            };
            chunks.put(id, location(i, 1));
        }
        try (ChunkIndex index = ChunkIndex.open(directory())) {
            publish(index, chunks);
            assertHolds(index, chunks);
            assertFalse(index.contains(new ChunkId(0, 0, 0, 1)));
            assertFalse(index.contains(new ChunkId(-1, -1, -1, -1)));
            assertEquals(List.of(), index.verify());
        }
    }

    @Test
    void onlyEntriesOfThePublishedPacksAreWritten() throws IOException {
        IndexDelta delta = new IndexDelta(100);
        delta.putIfAbsent(id(1), location(1, 1));
        delta.putIfAbsent(id(2), location(2, 2));
        delta.claim(id(3));
        try (ChunkIndex index = ChunkIndex.open(directory())) {
            index.publish(delta, List.of(pack(1)));
            delta.drop(List.of(pack(1)));
            assertEquals(location(1, 1), index.find(id(1)));
            assertFalse(index.contains(id(2)));
            assertFalse(index.coversPack(pack(2)));
            assertEquals(location(2, 2), delta.find(id(2)));
            assertFalse(delta.contains(id(1)));
            assertTrue(delta.contains(id(3)));
            assertEquals(2, delta.size());
        }
    }

    @Test
    void anotherInstanceSeesWhatWasPublishedWhenItRefreshes() throws IOException {
        try (ChunkIndex writer = ChunkIndex.open(directory());
                ChunkIndex reader = ChunkIndex.open(directory())) {
            assertFalse(reader.refresh());
            publish(writer, chunks(0, 10, 1));
            assertFalse(reader.contains(id(3)));
            assertTrue(reader.refresh());
            assertTrue(reader.contains(id(3)));
            assertFalse(reader.refresh());
        }
    }

    @Test
    void anOpenViewOutlivesMergingAndTheWholeDirectory() throws IOException {
        Map<ChunkId, ChunkLocation> all = new TreeMap<>();
        try (ChunkIndex index = ChunkIndex.open(directory());
                ChunkIndex reader = ChunkIndex.open(directory())) {
            for (int part = 0; part < 8; part++) {
                Map<ChunkId, ChunkLocation> some = chunks(part * 500L, part * 500L + 500, part);
                all.putAll(some);
                publish(index, some);
            }
            reader.refresh();
            index.mergeSmall();
            assertHolds(reader, all);
            try (var files = Files.list(directory())) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            assertHolds(reader, all);
            reader.refresh();
            assertEquals(0, reader.size());
            publish(reader, chunks(0, 5, 1));
            assertTrue(reader.contains(id(4)));
        }
    }

    @Test
    void aDirectoryThatCannotBeMadeIsANamedError() throws IOException {
        Path file = Files.createFile(temporary.resolve("file"));
        BackendException error = assertThrows(BackendException.class, () -> ChunkIndex.open(file.resolve("index")));
        assertTrue(error.getMessage().contains(file.toString()), error.getMessage());
    }

    static void assertHolds(ChunkIndex index, Map<ChunkId, ChunkLocation> chunks) {
        chunks.forEach((id, location) -> assertEquals(location, index.find(id)));
    }

    @Test
    void refreshingMeanwhileNeverTakesAnOlderListForTheNewest() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        try (ChunkIndex index = ChunkIndex.open(temporary)) {
            Thread refreshing = new Thread(() -> {
                while (!done.get()) {
                    try {
                        index.refresh();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }
            });
            refreshing.start();
            try {
                for (int i = 0; i < 40; i++) {
                    publish(index, chunks(i, i + 1, i));
                    assertHolds(index, chunks(i, i + 1, i));
                }
            } finally {
                done.set(true);
                refreshing.join();
            }
            assertEquals(List.of(), index.problems());
            assertEquals(40, index.size());
        }
    }

    @Test
    void whatIsPublishedAsideIsFoundByThisObjectAloneAlsoAfterOthersPublish() throws IOException {
        try (ChunkIndex index = ChunkIndex.open(temporary);
                ChunkIndex other = ChunkIndex.open(temporary)) {
            IndexDelta delta = new IndexDelta(10);
            chunks(0, 10, 1).forEach(delta::putIfAbsent);
            index.publishAside(delta, List.of(IndexFixtures.pack(1)));
            assertHolds(index, chunks(0, 10, 1));
            assertEquals(0, other.size());
            publish(other, chunks(10, 20, 2));
            index.refresh();
            assertHolds(index, chunks(0, 10, 1));
            assertHolds(index, chunks(10, 20, 2));
            assertEquals(List.of(), index.verify());
        }
    }
}
