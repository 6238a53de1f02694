package dev.varve.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many small histories from seeds. {@code -Dvarve.histories=N} and {@code -Dvarve.seed=S} run more, or one that failed: see
 * scripts/soak.
 */
@Timeout(value = 55, unit = TimeUnit.MINUTES)
class RetentionModelTest {
    @TempDir
    Path temp;

    @Test
    void afterAnyHistoryAllThatShouldExistReadsBackAndGarbageIsGone() throws IOException {
        long first = Long.getLong("varve.seed", 1);
        long count = Long.getLong("varve.histories", 1000);
        // The indexes are forced to disk at each step; where that costs nothing a thousand histories take a minute.
        Path memory = Path.of("/dev/shm");
        Path place = Files.isWritable(memory) ? Files.createTempDirectory(memory, "varve-model-") : temp;
        try {
            long[] happened = new long[ModelHistory.Event.values().length];
            for (long seed = first; seed < first + count; seed++) {
                try {
                    new ModelHistory(seed, place.resolve("s" + seed)).run(happened);
                } catch (IOException | RuntimeException | AssertionError e) {
                    throw new AssertionError("history " + seed + ": " + e.getMessage(), e);
                }
            }
            for (ModelHistory.Event event : ModelHistory.Event.values()) {
                assertTrue(count < 1000 || happened[event.ordinal()] > 0, event + " never happened");
            }
        } finally {
            if (!place.equals(temp)) {
                delete(place);
            }
        }
        assertEquals(!place.equals(temp), Files.notExists(place));
    }

    static void delete(Path directory) throws IOException {
        if (Files.notExists(directory)) {
            return;
        }
        try (var walk = Files.walk(directory)) {
            for (Path path : walk.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
