package dev.varve.golden;

import dev.varve.backup.BackupJob;
import dev.varve.backup.BackupOptions;
import dev.varve.backup.BackupProgress;
import dev.varve.backup.BackupSource;
import dev.varve.crypto.Password;
import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import dev.varve.repository.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Makes the golden repositories anew. A released format's are never made again: they prove that what an old version wrote is
 * read. No test run finds this class by itself; while format 1 is not released:
 *
 * <pre>scripts/maven test -Dtest=GoldenGenerator</pre>
 */
class GoldenGenerator {
    @TempDir
    Path temp;

    @Test
    void makeFormat1() throws IOException {
        Path image = GoldenVolume.make(temp);
        Path raw = GoldenVolume.raw(temp);
        Path later = temp.resolve("later/root.img");
        Files.createDirectory(later.getParent());
        Files.copy(image, later);
        GoldenVolume.change(temp, later);
        for (String kind : GoldenRepositoryTest.KINDS) {
            Path made = temp.resolve(kind);
            Password password = GoldenRepositoryTest.password(kind);
            try (Repository repository = Repository.create(made, password)) {
                backup(repository, 1_714_557_600, source(image, "/", false));
                backup(repository, 1_714_561_200, source(later, "/", false), source(raw, "/boot", true));
            }
            Path target = GoldenRepositoryTest.GOLDEN.resolve(kind);
            delete(target);
            for (String part : List.of("config", "keys", "packs", "snapshots")) {
                copy(made.resolve(part), target.resolve(part));
            }
        }
        List<String> lines = GoldenRepositoryTest.read(temp.resolve(GoldenRepositoryTest.KINDS.get(0)));
        Files.write(GoldenRepositoryTest.GOLDEN.resolve("expected.txt"), lines, StandardCharsets.US_ASCII);
    }

    private void backup(Repository repository, long seconds, BackupSource... sources) throws IOException {
        BackupOptions options = new BackupOptions(
                "golden",
                new Timestamp(seconds, 5),
                ZoneId.of("Europe/Berlin"),
                List.of(sources),
                1,
                0,
                temp,
                "golden",
                BackupProgress.SILENT);
        List<String> problems = new BackupJob(repository, options).run().problems();
        if (!problems.isEmpty()) {
            throw new AssertionError(problems);
        }
    }

    private static BackupSource source(Path image, String mountPoint, boolean raw) {
        return new BackupSource(image, ByteString.utf8(mountPoint), raw);
    }

    private static void copy(Path from, Path to) throws IOException {
        if (!Files.exists(from)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(from)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, from.equals(file) ? to : target);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = new ArrayList<>(walk.toList());
        }
        for (int i = all.size() - 1; i >= 0; i--) {
            Files.delete(all.get(i));
        }
    }
}
