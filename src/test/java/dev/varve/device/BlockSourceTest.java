package dev.varve.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import dev.varve.testing.MemoryBlockSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockSourceTest {
    @TempDir
    Path directory;

    @Test
    void aFileIsReadAtAnyPositionAndNotPastItsEnd() throws IOException {
        byte[] content = new byte[10_001];
        new Random(1).nextBytes(content);
        Path file = Files.write(directory.resolve("image"), content);
        try (FileBlockSource source = FileBlockSource.open(file)) {
            assertEquals(10_001, source.sizeBytes());
            assertFalse(source.isBlockDevice());
            ByteBuffer buffer = ByteBuffer.allocate(1000);
            source.read(9001, buffer);
            assertEquals(content[10_000], buffer.get(999));
            assertThrows(CorruptException.class, () -> source.read(9002, ByteBuffer.allocate(1000)));
            assertThrows(CorruptException.class, () -> source.read(-1, ByteBuffer.allocate(1)));
        }
    }

    @Test
    void aFileThatShrinksUnderTheReaderIsReported() throws IOException {
        Path file = Files.write(directory.resolve("image"), new byte[5000]);
        try (FileBlockSource source = FileBlockSource.open(file)) {
            Files.write(file, new byte[100]);
            CorruptException e = assertThrows(CorruptException.class, () -> source.read(50, ByteBuffer.allocate(100)));
            assertTrue(e.getMessage().contains("ends here, but had 5000 bytes"), e.getMessage());
        }
    }

    @Test
    void whatIsNoVolumeIsRefusedByName() {
        Path missing = directory.resolve("missing");
        assertEquals(
                missing + " does not exist",
                assertThrows(
                                NotFoundException.class,
                                () -> FileBlockSource.open(missing).close())
                        .getMessage());
        assertTrue(assertThrows(
                        RefusedException.class,
                        () -> FileBlockSource.open(directory).close())
                .getMessage()
                .contains("is a directory"));
        assertTrue(assertThrows(
                        RefusedException.class,
                        () -> FileBlockSource.open(Path.of("/dev/null")).close())
                .getMessage()
                .contains("neither a block device nor a regular file"));
    }

    @Test
    @Tag("root")
    void aBlockDeviceTellsItsSize() throws Exception {
        byte[] content = new byte[1 << 20];
        new Random(2).nextBytes(content);
        Path file = Files.write(directory.resolve("image"), content);
        String loop = run("losetup", "-f", "--show", "-r", file.toString()).strip();
        try (FileBlockSource source = FileBlockSource.open(Path.of(loop))) {
            assertTrue(source.isBlockDevice());
            assertEquals(content.length, source.sizeBytes());
            ByteBuffer whole = ByteBuffer.allocate(content.length);
            source.read(0, whole);
            assertArrayEquals(content, whole.array());
        } finally {
            run("losetup", "-d", loop);
        }
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0, output);
        return output;
    }

    @Test
    void anOverlayShowsItsBlocksAndTheBaseBetweenThem() throws IOException {
        Random random = new Random(3);
        byte[] base = new byte[64 * 512 + 100];
        random.nextBytes(base);
        byte[] expected = base.clone();
        byte[] head = {1, 2, 3, 4};
        var builder = new OverlayBlockSource.Builder(new MemoryBlockSource("base", base.clone()), 512, head);
        for (int i = 0; i < 30; i++) {
            int block = random.nextInt(64);
            if (i % 3 == 0) {
                byte[] patch = new byte[512];
                random.nextBytes(patch);
                builder.patch(block, patch);
                System.arraycopy(patch, 0, expected, block * 512, 512);
            } else {
                int from = random.nextInt(64) * 512;
                builder.redirect(block, from, i % 3 == 1);
                System.arraycopy(base, from, expected, block * 512, 512);
                System.arraycopy(head, 0, expected, block * 512, i % 3 == 1 ? 4 : 0);
            }
        }
        OverlayBlockSource overlay = builder.build();
        assertTrue(overlay.laidOver() > 10);
        for (int i = 0; i < 500; i++) {
            int from = random.nextInt(base.length);
            int length = random.nextInt(base.length - from + 1);
            ByteBuffer read = ByteBuffer.allocate(length);
            overlay.read(from, read);
            assertFalse(read.hasRemaining());
            assertArrayEquals(java.util.Arrays.copyOfRange(expected, from, from + length), read.array());
        }
        assertThrows(CorruptException.class, () -> overlay.read(base.length, ByteBuffer.allocate(1)));
    }

    @Test
    void aLongTableHoldsWhatAHashMapHolds() {
        Random random = new Random(4);
        LongTable table = new LongTable();
        Map<Long, Long> map = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            long key = random.nextLong() & Long.MAX_VALUE >> random.nextInt(60);
            long value = random.nextLong();
            table.put(key, value);
            map.put(key, value);
        }
        assertEquals(map.size(), table.size());
        map.forEach((key, value) -> assertEquals(value, table.get(key, 0)));
        assertFalse(table.contains(-1));
        assertThrows(IllegalArgumentException.class, () -> table.put(-1, 0));
    }
}
