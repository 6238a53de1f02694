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

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DroppedPacksTest {
    @TempDir
    Path directory;

    @Test
    void whatLiesInADroppedPackIsNotFoundAndOlderPlacesAre() throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            publish(index, chunks(0, 10, 1));
            publish(index, chunks(5, 15, 2));
            index.drop(Set.of(pack(2)));
            assertDropped(index);
        }
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            assertDropped(index);
        }
    }

    private static void assertDropped(ChunkIndex index) throws IOException {
        assertEquals(Set.of(pack(1)), index.packs());
        assertFalse(index.coversPack(pack(2)));
        for (int i = 0; i < 10; i++) {
            assertEquals(location(i, 1), index.find(id(i)));
        }
        assertNull(index.find(id(12)));
        assertEquals(-1, index.view().ordinal(id(12)));
        Set<ChunkId> seen = new HashSet<>();
        index.view().forEach((id, location, ordinal) -> {
            assertEquals(pack(1), location.pack());
            assertEquals(ordinal, index.view().ordinal(id));
            seen.add(id);
        });
        assertEquals(10, seen.size());
        index.view().forEachLocation((id, location, ordinal) -> assertEquals(pack(1), location.pack()));
        assertEquals(List.of(), index.verify());
    }

    @Test
    void aMergeLeavesDroppedPacksOutAndForgetsThem() throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            for (int i = 0; i < MergePolicy.FAN_IN; i++) {
                publish(index, chunks(10L * i, 10L * i + 10, i));
            }
            index.drop(Set.of(pack(3), pack(99)));
            assertTrue(index.mergeSmall());
            assertEquals(1, index.view().segmentCount());
            assertEquals(10 * (MergePolicy.FAN_IN - 1), index.size());
            assertEquals(Set.of(), index.view().dropped());
            assertNull(index.find(id(35)));
            assertEquals(location(45, 4), index.find(id(45)));
        }
    }

    @Test
    void aSegmentThatIsMostlyDroppedIsWrittenAnew() throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            publish(index, chunks(0, 10, 1));
            publish(index, chunks(10, 20, 2));
            index.drop(Set.of(pack(1)));
            assertTrue(index.mergeSmall());
            assertEquals(10, index.size());
            assertEquals(Set.of(), index.view().dropped());
            assertFalse(index.mergeSmall());
        }
    }

    @Test
    void aPackThatCameBackIsEnteredAgain() throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            publish(index, chunks(0, 10, 1));
            index.drop(Set.of(pack(1)));
            publish(index, chunks(0, 10, 1));
            assertEquals(location(3, 1), index.find(id(3)));
            assertTrue(index.coversPack(pack(1)));
        }
    }

    /** Packs 1 and 2 share chunks; a merge kept only those of pack 2. When it goes, pack 1 must be entered again. */
    @Test
    void aPackThatLostAnEntryInAMergeIsNotCoveredAnyMoreWhenAPackGoes() throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            publish(index, chunks(0, 10, 1));
            publish(index, chunks(5, 15, 2));
            for (int i = 3; i < 10; i++) {
                publish(index, chunks(100L * i, 100L * i + 1, i));
            }
            assertTrue(index.mergeSmall());
            assertEquals(location(7, 2), index.find(id(7)));
            assertTrue(index.coversPack(pack(1)));
            index.drop(Set.of(pack(2)));
            assertFalse(index.coversPack(pack(1)), "its trailer must be read again");
            assertTrue(index.coversPack(pack(3)));
            publish(index, chunks(0, 10, 1));
            assertEquals(location(7, 1), index.find(id(7)));
        }
    }

    @Test
    void everyFlippedOrMissingByteOfAListIsFound() throws IOException {
        SegmentList list =
                new SegmentList(List.of(new SegmentList.Entry(1, 2, 3, 4)), Set.of(pack(1), pack(2)), Set.of(pack(3)));
        ByteBuffer encoded = list.encode();
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        assertEquals(list, SegmentList.decode("list", bytes));
        for (int i = 0; i < bytes.length; i++) {
            byte[] flipped = bytes.clone();
            flipped[i] ^= 0x10;
            assertThrows(CorruptException.class, () -> SegmentList.decode("list", flipped));
            byte[] cut = java.util.Arrays.copyOf(bytes, i);
            assertThrows(CorruptException.class, () -> SegmentList.decode("list", cut));
        }
    }

    @Test
    void aListOfTheFirstVersionIsRead() throws IOException {
        ByteBuffer old = ByteBuffer.allocate(SegmentList.HEADER_BYTES + SegmentList.ENTRY_BYTES + 4)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN);
        old.put(SegmentList.MAGIC)
                .putInt(1)
                .putInt(1)
                .putLong(7)
                .putLong(8)
                .putLong(9)
                .putInt(10);
        old.putInt(SegmentFormat.crc(old.duplicate().flip()));
        assertEquals(
                new SegmentList(List.of(new SegmentList.Entry(7, 8, 9, 10)), Set.of(), Set.of()),
                SegmentList.decode("list", old.array()));
    }

    /** Against a plain map, with what catch-up does after a drop: enter again what is there and not covered. */
    @Test
    void randomPublishingDroppingAndMergingLosesNoPlace() throws IOException {
        for (long seed = 0; seed < 15; seed++) {
            Random random = new Random(seed);
            Map<PackId, Map<ChunkId, ChunkLocation>> stored = new HashMap<>();
            try (ChunkIndex index = ChunkIndex.open(directory.resolve("random" + seed))) {
                for (int step = 0; step < 60; step++) {
                    int what = random.nextInt(10);
                    if (what < 6) {
                        int first = random.nextInt(60);
                        Map<ChunkId, ChunkLocation> some = chunks(first, first + 1 + random.nextInt(20), 1000 + step);
                        stored.put(pack(1000 + step), some);
                        publish(index, some);
                    } else if (what < 8 && !stored.isEmpty()) {
                        List<PackId> all = new ArrayList<>(stored.keySet());
                        PackId gone = all.get(random.nextInt(all.size()));
                        stored.remove(gone);
                        index.drop(Set.of(gone));
                    } else {
                        index.mergeSmall();
                    }
                    for (Map.Entry<PackId, Map<ChunkId, ChunkLocation>> pack : stored.entrySet()) {
                        if (!index.coversPack(pack.getKey())) {
                            publish(index, pack.getValue());
                        }
                    }
                    assertHoldsAll(index, stored, "seed " + seed + " step " + step);
                }
            }
        }
    }

    private static void assertHoldsAll(ChunkIndex index, Map<PackId, Map<ChunkId, ChunkLocation>> stored, String what) {
        assertEquals(stored.keySet(), index.packs(), what);
        Set<ChunkId> all = new HashSet<>();
        stored.values().forEach(chunks -> all.addAll(chunks.keySet()));
        for (int i = 0; i < 90; i++) {
            ChunkLocation found = index.find(id(i));
            assertEquals(all.contains(id(i)), found != null, what + " chunk " + i);
            if (found != null) {
                assertEquals(stored.get(found.pack()).get(id(i)), found, what);
            }
        }
    }
}
