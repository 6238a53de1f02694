package dev.varve.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.repository.Repository;
import dev.varve.snapshot.Manifest;
import java.io.IOException;
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

/** A disk that fills at different moments of a backup, through the command line. */
@Tag("root")
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class DiskFullTest {
    private static final int DISK_KIB = 8 << 10;

    @TempDir
    Path temp;

    private Path disk;
    private Path repository;
    private Path first;
    private Path second;
    private List<String> firstListing;
    private List<String> secondListing;

    @BeforeEach
    void mountDisk() throws IOException {
        first = FaultVolume.make(temp, "first", 300, 1);
        second = FaultVolume.later(first, "second", 300, 2);
        try (Repository reference = Repository.create(temp.resolve("reference"), null)) {
            firstListing = Backups.listing(
                    reference, Backups.run(reference, "host", first, 1).manifest());
            secondListing = Backups.listing(
                    reference, Backups.run(reference, "host", second, 1).manifest());
        }
        disk = Files.createDirectory(temp.resolve("disk"));
        FaultVolume.run("mount", "-t", "tmpfs", "-o", "size=" + DISK_KIB + "k", "tmpfs", disk.toString());
        repository = disk.resolve("repository");
    }

    @AfterEach
    void unmount() throws IOException {
        // Lazily: index segments stay mapped until the collector finds them.
        FaultVolume.run("umount", "-l", disk.toString());
    }

    private void makeRepository() throws IOException {
        if (Files.exists(repository)) {
            Backups.delete(repository);
        }
        try (Repository opened = Repository.create(repository, null)) {
            Backups.run(opened, "host", first, 1);
        }
    }

    /** @param output one line each, of both streams */
    private record Outcome(int exit, List<String> output) {}

    private Outcome varve(String... arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of("dev.varve.cli.Varve"));
        words.addAll(List.of(arguments));
        words.addAll(List.of("--repo", repository.toString()));
        ProcessBuilder builder = BackupProcess.java(words.toArray(String[]::new));
        Path out = temp.resolve("out");
        builder.redirectErrorStream(true).redirectOutput(out.toFile());
        try {
            int exit = builder.start().waitFor();
            return new Outcome(exit, Files.readAllLines(out));
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    /** What a whole run takes of the disk. */
    private long needed() throws IOException {
        makeRepository();
        long before = disk.toFile().getFreeSpace();
        try (Repository opened = Repository.open(repository, null, Backups.OPTIONS)) {
            Backups.run(opened, "host", second, 1);
        }
        return before - disk.toFile().getFreeSpace();
    }

    @Test
    void aFullDiskIsOneLineThatSaysHowMuchIsMissingAndHarmsNothing() throws IOException {
        long needed = needed();
        int failures = 0;
        for (long free :
                new long[] {0, 8 << 10, needed / 3, needed - (80 << 10), needed - (60 << 10), needed - (30 << 10)}) {
            makeRepository();
            String what = "with " + free + " of " + needed + " bytes free";
            Path filler = disk.resolve("filler");
            long fill = disk.toFile().getFreeSpace() - free;
            FaultVolume.run("fallocate", "-l", Long.toString(fill), filler.toString());
            Outcome outcome = varve("backup", "--host", "host", second + "=/");
            Files.delete(filler);
            if (outcome.exit() != 0) {
                failures++;
                assertEquals(1, outcome.exit(), what + outcome.output());
                assertEquals(1, outcome.output().size(), what + outcome.output());
                String line = outcome.output().get(0);
                assertTrue(line.startsWith("varve: "), line);
                assertTrue(line.matches(".*disk full: .*\\b\\d+ (bytes )?free.*"), line);
                assertTrue(line.contains(repository.toString()), line);
                assertTrue(!line.contains(" 0 bytes wanted"), line);
            }
            Outcome check = varve("check", "--read-data");
            assertEquals(0, check.exit(), what + check.output());
            try (Repository opened = Repository.open(repository, null, Backups.OPTIONS)) {
                Manifest next = Backups.run(opened, "host", second, 1).manifest();
                assertEquals(secondListing, Backups.listing(opened, next));
                assertEquals(
                        firstListing,
                        Backups.listing(opened, Backups.snapshots(opened).get(0)));
                assertEquals(List.of(), Backups.files(repository.resolve("tmp")), what);
            }
        }
        assertTrue(failures >= 4, failures + " runs met the full disk");
    }
}
