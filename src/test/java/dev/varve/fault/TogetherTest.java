package dev.varve.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.repository.Repository;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Backups of several processes into one repository at once, while it is read. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class TogetherTest {
    private static final int ROUNDS = 3;

    @TempDir
    Path temp;

    @ParameterizedTest
    @CsvSource({"web, web", "web, mail"})
    void twoBackupsAtOnceBothSucceedAndReadersSeeEverythingRight(String one, String other) throws Exception {
        Path first = FaultVolume.make(temp, "first", 1024, 1);
        Path second = FaultVolume.later(first, "second", 1024, 2);
        Path directory = temp.resolve("repository");
        List<String> firstListing = expected(first);
        List<String> secondListing = expected(second);
        Repository.create(directory, null).close();
        try (Repository reader = Repository.open(directory, null, Backups.OPTIONS)) {
            SnapshotCatalog catalog = new SnapshotCatalog(reader.manifests());
            int published = 0;
            Set<String> names = new HashSet<>();
            for (int round = 0; round < ROUNDS; round++) {
                Process a = BackupProcess.start(directory, one, first);
                Process b = BackupProcess.start(directory, other, second);
                do {
                    assertAllRight(reader, catalog, firstListing, secondListing);
                } while (a.isAlive() || b.isAlive());
                assertEquals(0, a.waitFor());
                assertEquals(0, b.waitFor());
                published += 2;
                names.add(one + name(a));
                names.add(other + name(b));
                assertEquals(published, assertAllRight(reader, catalog, firstListing, secondListing));
            }
            assertEquals(published, names.size(), "two snapshots of one name: " + names);
        }
        try (Repository after = Repository.open(directory, null, Backups.OPTIONS)) {
            Backups.assertSound(after);
        }
        assertEquals(List.of(), Backups.files(directory.resolve("tmp")));
    }

    private static String name(Process process) throws IOException {
        List<String> lines = process.inputReader().lines().toList();
        return lines.get(lines.size() - 1);
    }

    private List<String> expected(Path image) throws IOException {
        Path directory = temp.resolve(image.getFileName() + ".reference");
        try (Repository reference = Repository.create(directory, null)) {
            return Backups.listing(
                    reference, Backups.run(reference, "host", image, 1).manifest());
        }
    }

    /** @return how many snapshots there are */
    private static int assertAllRight(
            Repository reader, SnapshotCatalog catalog, List<String> firstListing, List<String> secondListing)
            throws IOException {
        catalog.refresh();
        assertEquals(List.of(), catalog.problems());
        List<Manifest> snapshots = new ArrayList<>(catalog.snapshots());
        for (Manifest manifest : snapshots) {
            List<String> listing = Backups.listing(reader, manifest);
            assertTrue(listing.equals(firstListing) || listing.equals(secondListing), manifest.name());
        }
        return snapshots.size();
    }
}
