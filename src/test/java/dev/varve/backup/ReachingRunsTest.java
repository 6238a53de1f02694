package dev.varve.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReachingRunsTest {
    private static final int BOUNDARY = 100;

    /** As {@link ImageIngest} paints: a file's blocks go to the first, zeros to what is nobody's. */
    private static long[] paint(List<PlacedRun> runs) {
        long[] blocks = new long[200];
        for (PlacedRun run : runs) {
            boolean nothing = run.logical() == PlacedRun.NOTHING;
            for (long block = BOUNDARY; block < run.physical() + run.count(); block++) {
                int at = (int) block;
                if (blocks[at] == 0 && nothing) {
                    blocks[at] = -1;
                } else if (blocks[at] <= 0 && !nothing) {
                    blocks[at] = run.inode() * 1000 + run.logical() + block - run.physical();
                }
            }
        }
        return blocks;
    }

    @Test
    void whatIsKeptPaintsTheNextRegionAsAllWould() {
        for (long seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            ReachingRuns reaching = new ReachingRuns();
            List<PlacedRun> all = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                int physical = random.nextInt(BOUNDARY);
                int count = BOUNDARY - physical + 1 + random.nextInt(90);
                PlacedRun run = new PlacedRun(
                        physical, count, i + 1, random.nextBoolean() ? PlacedRun.NOTHING : random.nextInt(50));
                all.add(run);
                reaching.add(run);
            }
            List<PlacedRun> kept = reaching.take();
            assertArrayEquals(paint(all), paint(kept), "seed " + seed);
            assertTrue(kept.size() < all.size(), "seed " + seed);
            assertEquals(List.of(), reaching.take());
        }
    }

    @Test
    void anyNumberOfRunsOverTheSameBlocksIsOne() {
        ReachingRuns reaching = new ReachingRuns();
        for (int i = 0; i < 100_000; i++) {
            reaching.add(new PlacedRun(99, 2, i + 1, 0));
            reaching.add(new PlacedRun(99, 2, i + 1, PlacedRun.NOTHING));
        }
        assertEquals(List.of(new PlacedRun(99, 2, 1, 0)), reaching.take());
    }

    @Test
    void aSetOfInodesHoldsWhatWasAdded() {
        InodeSet set = new InodeSet();
        long[] numbers = {1, 63, 64, 4095, 4096, 10_000_000, 0xffff_ffffL};
        for (long number : numbers) {
            assertFalse(set.contains(number));
            assertTrue(set.add(number));
            assertFalse(set.add(number));
            assertTrue(set.contains(number));
            assertFalse(set.contains(number + 1 << 13));
        }
        assertFalse(set.contains(2));
        assertFalse(set.contains(65));
    }
}
