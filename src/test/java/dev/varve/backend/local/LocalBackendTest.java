package dev.varve.backend.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.Backend;
import dev.varve.backend.BackendContract;
import dev.varve.backend.ObjectWriter;
import dev.varve.model.BackendException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalBackendTest extends BackendContract {
    @TempDir
    Path directory;

    @Override
    protected Backend newBackend() throws IOException {
        return LocalBackend.create(directory.resolve("repo/nested"));
    }

    @Test
    void aMissingDirectoryIsNotFound() {
        assertThrows(NotFoundException.class, () -> LocalBackend.open(directory.resolve("none")));
    }

    @Test
    void filesAndDirectoriesAreTheOwnersAlone() throws IOException {
        Path root = directory.resolve("private");
        try (LocalBackend backend = LocalBackend.create(root)) {
            backend.put("packs/ab/x", ByteBuffer.allocate(1));
        }
        assertEquals("rw-------", permissions(root.resolve("packs/ab/x")));
        for (String made : new String[] {"", "packs", "packs/ab", "tmp"}) {
            assertEquals("rwx------", permissions(root.resolve(made)), made);
        }
    }

    @Test
    void nothingIsLeftInTheTemporaryDirectory() throws IOException {
        Path root = directory.resolve("tidy");
        try (LocalBackend backend = LocalBackend.create(root)) {
            backend.put("a", ByteBuffer.allocate(1));
            assertThrows(IOException.class, () -> backend.put("a", ByteBuffer.allocate(1)));
            try (ObjectWriter writer = backend.create(PackKind.DATA)) {
                writer.write(ByteBuffer.allocate(1));
            }
        }
        try (var left = Files.list(root.resolve("tmp"))) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void whatADeadProcessLeftIsRemovedAndWhatALiveOneHoldsIsKept() throws Exception {
        Path root = directory.resolve("swept");
        Path temporaries = Files.createDirectories(root.resolve("tmp"));
        Path dead = Files.createFile(temporaries.resolve("1-0-dead"));
        Path live = Files.createFile(temporaries.resolve("2-0-live"));
        Path reserved = Files.createFile(temporaries.resolve("reserve-a-b"));
        Path stale = Files.createFile(temporaries.resolve("reserve-a-c"));
        Files.setLastModifiedTime(stale, FileTime.from(Instant.now().minusSeconds(7200)));
        Process holder = new ProcessBuilder(
                        "python3",
                        "-c",
                        "import fcntl,sys; f=open(sys.argv[1],'r+'); fcntl.lockf(f,fcntl.LOCK_EX); print('held',flush=True);"
                                + " sys.stdin.read()",
                        live.toString())
                .start();
        try (LocalBackend backend = LocalBackend.open(root)) {
            assertEquals('h', holder.getInputStream().read());
            backend.put("a", ByteBuffer.allocate(1));
            assertFalse(Files.exists(dead));
            assertTrue(Files.exists(live));
            assertTrue(Files.exists(reserved));
            assertFalse(Files.exists(stale));
        } finally {
            holder.destroy();
        }
    }

    @Test
    void moreObjectsThanOpenFilesAreReadWell() throws IOException {
        try (LocalBackend backend = LocalBackend.create(directory.resolve("many"))) {
            int count = ChannelCache.CAPACITY * 2;
            for (int i = 0; i < count; i++) {
                backend.put("o/" + i, ByteBuffer.wrap(new byte[] {(byte) i}));
            }
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < count; i++) {
                    ByteBuffer one = ByteBuffer.allocate(1);
                    backend.read("o/" + i, 0, one);
                    assertEquals((byte) i, one.get(0));
                }
            }
        }
    }

    @Test
    void anInterruptedReaderReadsOnAndHurtsNoOther() throws Exception {
        try (LocalBackend backend = LocalBackend.create(directory.resolve("interrupted"))) {
            backend.put("a", ByteBuffer.allocate(100_000));
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread[] readers = new Thread[3];
            for (int t = 0; t < readers.length; t++) {
                readers[t] = new Thread(() -> {
                    try {
                        for (int i = 0; i < 2_000; i++) {
                            assertEquals(100_000, backend.read("a", 0, ByteBuffer.allocate(100_000)));
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                });
                readers[t].start();
            }
            while (readers[0].isAlive()) {
                readers[0].interrupt();
                Thread.sleep(1);
            }
            for (Thread reader : readers) {
                reader.join();
            }
            assertEquals(null, failure.get());
            Thread.currentThread().interrupt();
            assertEquals(10, backend.read("a", 0, ByteBuffer.allocate(10)));
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void aDirectoryInTheWayIsABackendError() throws IOException {
        Path root = directory.resolve("blocked");
        try (LocalBackend backend = LocalBackend.create(root)) {
            Files.createFile(root.resolve("packs"));
            assertThrows(BackendException.class, () -> backend.put("packs/ab/x", ByteBuffer.allocate(1)));
            assertThrows(BackendException.class, () -> backend.settle(List.of("packs/ab/x")));
        }
    }

    @Test
    @Tag("root")
    void aFullDiskIsNamedWithWhatWasWantedAndLeavesNothing() throws Exception {
        Path mount = Files.createDirectories(directory.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount.toString());
        try (LocalBackend backend = LocalBackend.open(mount)) {
            backend.put("small", ByteBuffer.allocate(1000));
            NoSpaceException e =
                    assertThrows(NoSpaceException.class, () -> backend.put("big", ByteBuffer.allocate(4 << 20)));
            assertTrue(e.getMessage().contains("disk full"), e.getMessage());
            assertTrue(e.getMessage().contains("bytes wanted"), e.getMessage());
            assertThrows(NotFoundException.class, () -> backend.size("big"));
            backend.put("fits", ByteBuffer.allocate(500_000));
        } finally {
            run("umount", mount.toString());
        }
    }

    private static void run(String... command) throws Exception {
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), String.join(" ", command));
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
