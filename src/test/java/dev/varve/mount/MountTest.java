package dev.varve.mount;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.VolumeCache;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.SampleVolume;
import dev.varve.view.DatedView;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real mount, read through the kernel. */
@Tag("root")
class MountTest {
    @TempDir
    private Path directory;

    private final MemoryChunks chunks = new MemoryChunks();
    private final List<Manifest> manifests = new CopyOnWriteArrayList<>();

    @Test
    void mountIsReadFollowsNewSnapshotsAndEndsWithUmount() throws Exception {
        byte[] big = new byte[3_000_001];
        new Random(7).nextBytes(big);
        SampleVolume volume = new SampleVolume("root", "/").directory("/etc").file("/etc/big", big);
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, volume.write(chunks)));
        Path place = Files.createDirectory(directory.resolve("mnt"));
        Path repository = Files.createDirectory(directory.resolve("repo"));
        MountRequest request = new MountRequest(place, repository, true);
        ExecutorService server = Executors.newSingleThreadExecutor();
        try (DatedView view = new DatedView(() -> List.copyOf(manifests), chunks, VolumeCache.ofBytes(8 << 20), null)) {
            MountChecks.verify(request);
            CountDownLatch ready = new CountDownLatch(1);
            Future<?> served = server.submit(() -> {
                MountService.serve(request, view, ready::countDown, System.err, () -> {});
                return null;
            });
            assertTrue(ready.await(20, TimeUnit.SECONDS));
            try {
                assertArrayEquals(big, Files.readAllBytes(place.resolve("2024-05-01/etc/big")));
                assertEquals(
                        volume.number("/etc/big"), Files.getAttribute(place.resolve("latest/etc/big"), "unix:ino"));
                FileSystemException refused = assertThrows(
                        FileSystemException.class, () -> Files.createFile(place.resolve("2024-05-01/new")));
                assertTrue(refused.getMessage().contains("Read-only"), refused.getMessage());
                assertThrows(RefusedException.class, () -> MountChecks.verify(request));
                assertEquals(
                        "2024-05-01",
                        Files.readSymbolicLink(place.resolve("latest")).toString());
                manifests.add(SampleVolume.manifest("web", "2024-05-02T10-00-00", 200, volume.write(chunks)));
                awaitName(place, "2024-05-02T10-00-00");
                assertEquals(
                        "2024-05-02T10-00-00",
                        Files.readSymbolicLink(place.resolve("latest")).toString());
                assertEquals(
                        19L,
                        Files.getAttribute(place.resolve("latest"), "size", java.nio.file.LinkOption.NOFOLLOW_LINKS));
            } finally {
                Unmount.detach(place, true);
            }
            served.get(20, TimeUnit.SECONDS);
            assertNull(MountTable.read().on(place));
            assertThrows(NotFoundException.class, () -> Unmount.unmount(place));
            MountChecks.verify(request);
        } finally {
            server.shutdown();
        }
    }

    @Test
    void busyMountIsNotTakenAway() throws Exception {
        SampleVolume volume = new SampleVolume("root", "/").file("/f", "x");
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, volume.write(chunks)));
        Path place = Files.createDirectory(directory.resolve("mnt"));
        MountRequest request = new MountRequest(place, directory.resolve("repo"), true);
        ExecutorService server = Executors.newSingleThreadExecutor();
        try (DatedView view = new DatedView(() -> List.copyOf(manifests), chunks, VolumeCache.ofBytes(8 << 20), null)) {
            CountDownLatch ready = new CountDownLatch(1);
            Future<?> served = server.submit(() -> {
                MountService.serve(request, view, ready::countDown, System.err, () -> {});
                return null;
            });
            assertTrue(ready.await(20, TimeUnit.SECONDS));
            try (var open = Files.newInputStream(place.resolve("2024-05-01/f"))) {
                var busy = assertThrows(RefusedException.class, () -> Unmount.detach(place, false));
                assertTrue(busy.getMessage().contains("is in use"), busy.getMessage());
                assertEquals('x', open.read());
                assertNotNull(MountTable.read().on(place));
                assertFalse(served.isDone());
            } finally {
                Unmount.detach(place, true);
            }
            served.get(20, TimeUnit.SECONDS);
        } finally {
            server.shutdown();
        }
    }

    private static void awaitName(Path place, String name) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        boolean seen = false;
        while (!seen) {
            assertTrue(System.nanoTime() < end, name + " has not appeared");
            Thread.sleep(100);
            try (Stream<Path> names = Files.list(place)) {
                seen = names.anyMatch(path -> path.getFileName().toString().equals(name));
            }
        }
    }
}
