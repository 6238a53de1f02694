package dev.varve.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MergePolicyTest {
    @Test
    void eightNeighboursOfAClassMergeAndSevenDoNot() {
        MergePolicy policy = new MergePolicy(1 << 20);
        assertEquals(Optional.empty(), policy.pick(Collections.nCopies(7, 10L)));
        assertEquals(Optional.of(new MergePolicy.Run(0, 8)), policy.pick(Collections.nCopies(8, 10L)));
    }

    @Test
    void aLargeSegmentBetweenSmallOnesKeepsThemApart() {
        List<Long> sizes = new ArrayList<>(Collections.nCopies(7, 10L));
        sizes.add(500_000L);
        sizes.addAll(Collections.nCopies(7, 10L));
        assertEquals(Optional.empty(), new MergePolicy(1 << 20).pick(sizes));
        sizes.add(10L);
        assertEquals(Optional.of(new MergePolicy.Run(8, 16)), new MergePolicy(1 << 20).pick(sizes));
    }

    @Test
    void noMergeIsLargerThanTheCapAndFewSegmentsRemain() {
        long cap = 1 << 20;
        MergePolicy policy = new MergePolicy(cap);
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            List<Long> sizes = new ArrayList<>();
            long total = 0;
            long rewritten = 0;
            for (int publish = 0; publish < 3000; publish++) {
                long size = 1 + (long) Math.exp(random.nextDouble() * 11);
                sizes.add(size);
                total += size;
                Optional<MergePolicy.Run> run = policy.pick(sizes);
                while (run.isPresent()) {
                    List<Long> merged =
                            sizes.subList(run.get().from(), run.get().to());
                    long sum = merged.stream().mapToLong(Long::longValue).sum();
                    assertTrue(sum <= cap && merged.size() >= 2, "seed " + seed);
                    rewritten += sum;
                    merged.clear();
                    sizes.add(run.get().from(), sum);
                    run = policy.pick(sizes);
                }
            }
            assertTrue(sizes.size() < 40 + 4 * total / cap, "seed " + seed + ": " + sizes.size() + " segments");
            assertTrue(rewritten < 8 * total, "seed " + seed + ": rewritten " + rewritten + " of " + total);
        }
    }
}
