package dev.varve.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.FileType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchTest {
    @TempDir
    Path temp;

    @Test
    void runsComeOutInOrderHoweverManyWereSpilledAndEqualsKeepTheirOrder() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int count : new int[] {0, 1, 9, 10, 11, 20, 1000}) {
            List<PlacedRun> expected = new ArrayList<>();
            try (ScratchSort<PlacedRun> sort = new ScratchSort<>(temp, 10, PlacedRun.BY_PLACE, PlacedRun.CODEC)) {
                for (int i = 0; i < count; i++) {
                    PlacedRun run = new PlacedRun(random.nextInt(100), random.nextInt(1, 9), i, -1);
                    expected.add(run);
                    sort.add(run);
                }
                expected.sort(PlacedRun.BY_PLACE);
                ScratchSort.Cursor<PlacedRun> cursor = sort.sorted();
                List<PlacedRun> sorted = new ArrayList<>();
                for (PlacedRun run = cursor.next(); run != null; run = cursor.next()) {
                    sorted.add(run);
                }
                assertEquals(expected, sorted, "seed " + seed);
                assertNull(cursor.next());
            }
        }
    }

    @Test
    void typesAreRememberedBeyondWhatMemoryHolds() throws Exception {
        Random random = new Random(3);
        Map<Long, FileType> expected = new HashMap<>();
        try (InodeTypes types = new InodeTypes(temp)) {
            for (int i = 0; i < 5000; i++) {
                long inode = random.nextLong(40_000_000);
                FileType type = FileType.values()[random.nextInt(FileType.values().length)];
                types.set(inode, type);
                expected.put(inode, type);
            }
            for (Map.Entry<Long, FileType> entry : expected.entrySet()) {
                assertEquals(entry.getValue(), types.get(entry.getKey()));
            }
            assertNull(types.get(40_000_001));
        }
    }

    @Test
    void aScratchFileHasNoName() throws Exception {
        try (InodeTypes types = new InodeTypes(temp)) {
            types.set(5, FileType.FIFO);
            try (var list = Files.list(temp)) {
                assertTrue(list.findAny().isEmpty());
            }
        }
    }
}
