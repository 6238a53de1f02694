package dev.varve.index;

import static dev.varve.index.IndexFixtures.id;
import static dev.varve.index.IndexFixtures.location;
import static dev.varve.index.IndexFixtures.pack;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class IndexDeltaTest {
    @Test
    void aClaimIsContainedButHasNoLocationUntilItIsResolved() {
        IndexDelta delta = new IndexDelta(10);
        assertTrue(delta.claim(id(1)));
        assertFalse(delta.claim(id(1)));
        assertFalse(delta.putIfAbsent(id(1), location(1, 1)));
        assertTrue(delta.contains(id(1)));
        assertNull(delta.find(id(1)));
        delta.resolve(id(1), location(1, 1));
        assertEquals(location(1, 1), delta.find(id(1)));
        assertThrows(IllegalStateException.class, () -> delta.resolve(id(1), location(1, 2)));
        assertThrows(IllegalStateException.class, () -> delta.resolve(id(2), location(2, 2)));
    }

    @Test
    void agreesWithAMap() {
        for (int seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            IndexDelta delta = new IndexDelta(5000);
            Map<ChunkId, ChunkLocation> model = new HashMap<>();
            for (int step = 0; step < 20_000; step++) {
                int i = random.nextInt(4000);
                int pack = random.nextInt(20);
                switch (random.nextInt(40)) {
                    case 0 -> {
                        delta.drop(List.of(pack(pack)));
                        model.values().removeIf(location -> location.pack().equals(pack(pack)));
                    }
                    case 1, 2, 3, 4 -> assertEquals(model.get(id(i)), delta.find(id(i)), "seed " + seed);
                    default ->
                        assertEquals(
                                model.putIfAbsent(id(i), location(i, pack)) == null,
                                delta.putIfAbsent(id(i), location(i, pack)),
                                "seed " + seed);
                }
                assertEquals(model.size(), delta.size(), "seed " + seed);
            }
            delta.clear();
            assertEquals(0, delta.size());
            assertFalse(delta.contains(id(1)));
        }
    }

    @Test
    void exactlyOneOfManyWorkersGetsAClaim() throws InterruptedException, ExecutionException {
        int chunks = 50_000;
        IndexDelta delta = new IndexDelta(chunks);
        ExecutorService workers = Executors.newFixedThreadPool(4);
        try {
            List<Future<Integer>> won = IntStream.range(0, 4)
                    .mapToObj(worker -> workers.submit(() -> {
                        int claims = 0;
                        for (int i = 0; i < chunks; i++) {
                            if (delta.claim(id(i))) {
                                delta.resolve(id(i), location(i, worker));
                                claims++;
                            }
                        }
                        return claims;
                    }))
                    .toList();
            int sum = 0;
            for (Future<Integer> claims : won) {
                sum += claims.get();
            }
            assertEquals(chunks, sum);
            assertEquals(chunks, delta.size());
            assertTrue(delta.isFull());
        } finally {
            workers.shutdownNow();
        }
    }

    @Test
    void whatIsUnderWayIsTakenBeyondTheCapacity() {
        IndexDelta delta = new IndexDelta(10);
        for (int i = 0; i < 1000; i++) {
            assertTrue(delta.claim(id(i)));
            assertEquals(i >= 9, delta.isFull());
        }
        assertEquals(1000, delta.size());
    }

    @Test
    void capacitiesOutOfRangeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new IndexDelta(0));
        assertThrows(IllegalArgumentException.class, () -> new IndexDelta(IndexDelta.MAX_CAPACITY + 1));
    }
}
