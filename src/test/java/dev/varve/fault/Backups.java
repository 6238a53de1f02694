package dev.varve.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.backend.Backend;
import dev.varve.backup.BackupJob;
import dev.varve.backup.BackupOptions;
import dev.varve.backup.BackupProgress;
import dev.varve.backup.BackupResult;
import dev.varve.backup.BackupSource;
import dev.varve.check.RepositoryCheck;
import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryOptions;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.testing.SnapshotListing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Backups, checks and copies as all fault tests make them. Packs and segments are small, so that a small backup has many. */
final class Backups {
    static final RepositoryOptions OPTIONS = new RepositoryOptions(4 << 20, 1, 64 << 10, 48);

    static final RepositoryCheck.Progress SILENT = new RepositoryCheck.Progress() {
        @Override
        public void packs(int done, int inAll) {}

        @Override
        public void snapshot(Manifest manifest) {}
    };

    private Backups() {}

    static BackupResult run(Repository repository, String host, Path image, int workers) throws IOException {
        return run(repository, host, image, workers, null);
    }

    static BackupResult run(Repository repository, String host, Path image, int workers, Timestamp time)
            throws IOException {
        BackupOptions options = new BackupOptions(
                host,
                time,
                ZoneId.of("UTC"),
                List.of(new BackupSource(image, ByteString.utf8("/"), false)),
                workers,
                2,
                Path.of(System.getProperty("java.io.tmpdir")),
                "test",
                BackupProgress.SILENT);
        return new BackupJob(repository, options).run();
    }

    static RepositoryCheck.Report check(Repository repository) throws IOException {
        return new RepositoryCheck(repository, new Random(1)).run(100, SILENT);
    }

    static void assertSound(Repository repository) throws IOException {
        RepositoryCheck.Report report = check(repository);
        assertEquals(List.of(), report.damagedPacks());
        assertEquals(List.of(), report.problems());
    }

    static List<Manifest> snapshots(Repository repository) throws IOException {
        SnapshotCatalog catalog = new SnapshotCatalog(repository.manifests());
        assertEquals(List.of(), catalog.problems());
        return catalog.snapshots();
    }

    static List<String> listing(Repository repository, Manifest manifest) throws IOException {
        return SnapshotListing.volumes(repository.chunks(), manifest);
    }

    static void copy(Path from, Path to) throws IOException {
        List<Path> files = files(from);
        Files.createDirectories(to);
        for (Path file : files) {
            Path target = to.resolve(from.relativize(file).toString());
            Files.createDirectories(target.getParent());
            Files.copy(file, target);
        }
    }

    static void delete(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = new ArrayList<>(walk.toList());
        }
        java.util.Collections.reverse(all);
        for (Path path : all) {
            Files.delete(path);
        }
    }

    /** Regular files below a directory, sorted. */
    static List<Path> files(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile).sorted().toList();
        }
    }

    static void copy(Backend from, Backend to) throws IOException {
        List<String> names = new ArrayList<>();
        from.list("", object -> names.add(object.name()));
        for (String name : names) {
            ByteBuffer content = ByteBuffer.allocate((int) from.size(name));
            from.read(name, 0, content);
            to.put(name, content.flip());
        }
    }
}
