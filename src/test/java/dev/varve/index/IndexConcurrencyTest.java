package dev.varve.index;

import static dev.varve.index.IndexFixtures.chunks;
import static dev.varve.index.IndexFixtures.id;
import static dev.varve.index.IndexFixtures.location;
import static dev.varve.index.IndexFixtures.publish;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IndexConcurrencyTest {
    private static final int ROUNDS = 12;
    private static final int ROUND_CHUNKS = 50;

    @TempDir
    Path directory;

    /** Publishes ROUNDS segments of its own chunks and merges; the body of a writer process, too. */
    public static void main(String[] arguments) throws IOException {
        write(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
    }

    private static void write(Path directory, int writer) throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            for (int round = 0; round < ROUNDS; round++) {
                long first = first(writer, round);
                publish(index, chunks(first, first + ROUND_CHUNKS, writer));
                if (round % 3 == 2) {
                    index.mergeSmall();
                }
            }
        }
    }

    private static long first(int writer, int round) {
        return ((long) writer * ROUNDS + round) * ROUND_CHUNKS;
    }

    private void assertAllThere(int writers) throws IOException {
        try (ChunkIndex index = ChunkIndex.open(directory)) {
            assertEquals(List.of(), index.problems());
            assertEquals((long) writers * ROUNDS * ROUND_CHUNKS, index.size());
            for (int writer = 0; writer < writers; writer++) {
                for (long i = first(writer, 0); i < first(writer + 1, 0); i++) {
                    assertEquals(location(i, writer), index.find(id(i)));
                }
            }
            assertEquals(List.of(), index.verify());
        }
    }

    @Test
    void processesThatPublishAtOnceLoseNothing() throws IOException, InterruptedException {
        List<Process> processes = new ArrayList<>();
        for (int writer = 0; writer < 2; writer++) {
            processes.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            IndexConcurrencyTest.class.getName(),
                            directory.toString(),
                            String.valueOf(writer))
                    .inheritIO()
                    .start());
        }
        for (Process process : processes) {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue());
        }
        assertAllThere(2);
    }

    @Test
    void instancesInOneProcessLoseNothingAndReadersSeeEveryCommittedChunk() throws Exception {
        int writers = 3;
        AtomicInteger running = new AtomicInteger(writers);
        ExecutorService threads = Executors.newFixedThreadPool(writers + 2);
        try (ChunkIndex shared = ChunkIndex.open(directory)) {
            List<Future<?>> work = new ArrayList<>();
            for (int writer = 0; writer < writers; writer++) {
                int number = writer;
                work.add(threads.submit(() -> {
                    write(directory, number);
                    running.decrementAndGet();
                    return null;
                }));
            }
            for (int reader = 0; reader < 2; reader++) {
                work.add(threads.submit(() -> {
                    long seen = 0;
                    while (running.get() > 0) {
                        shared.refresh();
                        IndexView view = shared.view();
                        assertTrue(view.ordinalCount() >= seen, "chunks were lost");
                        seen = view.ordinalCount();
                        view.forEach((id, location, ordinal) -> assertEquals(location, view.find(id)));
                    }
                    assertEquals(List.of(), shared.problems());
                    return null;
                }));
            }
            for (Future<?> one : work) {
                one.get(120, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertAllThere(writers);
    }
}
