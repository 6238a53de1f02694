package dev.varve.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.repository.Repository;
import dev.varve.repository.Reserve;
import dev.varve.snapshot.Manifest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Forgetting and pruning on an ext4 file system that is filled to the last byte, through the command line. */
@Tag("root")
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ReserveTest {
    @TempDir
    Path temp;

    private Path disk;
    private Path repository;
    private Path first;
    private Path second;
    private List<String> expected;

    @BeforeEach
    void mountDisk() throws IOException {
        first = FaultVolume.make(temp, "first", 6 << 10, 1);
        second = FaultVolume.make(temp, "second", 1 << 10, 2);
        Path image = temp.resolve("disk.img");
        FaultVolume.run("truncate", "-s", "160M", image.toString());
        FaultVolume.run("mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", image.toString());
        disk = Files.createDirectory(temp.resolve("disk"));
        FaultVolume.run("mount", "-o", "loop", image.toString(), disk.toString());
        repository = disk.resolve("repository");
    }

    @AfterEach
    void unmount() throws IOException {
        FaultVolume.run("umount", "-l", disk.toString());
    }

    private String varve(int exit, String... arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of("dev.varve.cli.Varve"));
        words.addAll(List.of(arguments));
        words.addAll(List.of("--repo", repository.toString()));
        Path out = temp.resolve("out");
        ProcessBuilder builder = BackupProcess.java(words.toArray(String[]::new));
        builder.redirectErrorStream(true).redirectOutput(out.toFile());
        try {
            int code = builder.start().waitFor();
            String output = Files.readString(out);
            assertEquals(exit, code, String.join(" ", arguments) + ": " + output);
            return output;
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    private void fill() throws IOException {
        byte[] block = new byte[1 << 16];
        for (int length = block.length; length > 0; length /= 2) {
            try (OutputStream out = Files.newOutputStream(
                    disk.resolve("filler" + length),
                    java.nio.file.StandardOpenOption.CREATE,
                    java.nio.file.StandardOpenOption.APPEND)) {
                while (true) {
                    out.write(block, 0, length);
                }
            } catch (IOException full) {
                assertTrue(full.getMessage().contains("No space"), full.getMessage());
            }
        }
        assertEquals(0, disk.toFile().getUsableSpace());
    }

    @Test
    void aDiskWithoutAByteFreeIsPrunedAndBacksUpAgain() throws IOException {
        varve(0, "init", "--unencrypted");
        Path reserve = repository.resolve("reserve");
        assertEquals(Reserve.BYTES, Files.size(reserve));
        assertTrue(
                ((Number) Files.getAttribute(reserve, "unix:nlink")).intValue() == 1
                        && disk.toFile().getUsableSpace() < (120 << 20),
                "the reserve takes no room");
        varve(0, "backup", "--host", "web", "--at", "2024-05-01T02:00:00Z", first + "=/");
        varve(0, "backup", "--host", "web", "--at", "2024-05-02T02:00:00Z", second + "=/");
        try (Repository opened = Repository.open(repository, null, Backups.OPTIONS)) {
            expected = Backups.listing(opened, Backups.snapshots(opened).get(1));
        }
        fill();
        String refused = varve(1, "backup", "--host", "web", second + "=/");
        assertTrue(refused.contains("disk full: ") && refused.contains(" 0 bytes free, so "), refused);

        varve(0, "forget", "--keep-last", "1");
        assertFalse(Files.exists(reserve));
        varve(0, "prune", "--grace", "0");
        assertTrue(disk.toFile().getUsableSpace() > (6 << 20), "nothing was freed");
        varve(0, "check", "--read-data");
        varve(0, "backup", "--host", "web", second + "=/");
        try (Repository opened = Repository.open(repository, null, Backups.OPTIONS)) {
            for (Manifest manifest : Backups.snapshots(opened)) {
                assertEquals(expected, Backups.listing(opened, manifest));
            }
            Backups.assertSound(opened);
        }
        for (Path filler : Backups.files(disk).stream()
                .filter(file -> file.getFileName().toString().startsWith("filler"))
                .toList()) {
            Files.delete(filler);
        }
        varve(0, "prune");
        assertEquals(Reserve.BYTES, Files.size(reserve));
    }
}
