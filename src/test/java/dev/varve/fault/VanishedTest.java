package dev.varve.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.BackendException;
import dev.varve.model.VarveException;
import dev.varve.repository.Repository;
import dev.varve.snapshot.Manifest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A repository, or files of it, that go while it is open. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VanishedTest {
    @TempDir
    Path temp;

    private Path image;
    private Path repository;
    private List<String> expected;

    @BeforeEach
    void makeRepository() throws IOException {
        image = FaultVolume.tiny(temp);
        repository = temp.resolve("repository");
        Repository.create(repository, null).close();
        try (Repository opened = open()) {
            expected = Backups.listing(
                    opened, Backups.run(opened, "host", image, 1).manifest());
        }
    }

    private Repository open() throws IOException {
        return Repository.open(repository, null, Backups.OPTIONS);
    }

    private VarveException readingFails(Repository opened, Manifest manifest) {
        return assertThrows(VarveException.class, () -> Backups.listing(opened, manifest));
    }

    @Test
    void readingFromADirectoryThatIsGoneIsANamedError() throws IOException {
        try (Repository opened = open()) {
            Manifest manifest = Backups.snapshots(opened).get(0);
            Path away = temp.resolve("away");
            Files.move(repository, away);
            VarveException e = readingFails(opened, manifest);
            assertTrue(
                    e.getMessage().contains("pack") || e.getMessage().contains(repository.toString()), e.getMessage());
            Files.move(away, repository);
            assertEquals(expected, Backups.listing(opened, manifest));
        }
    }

    @Test
    void aBackupIntoADirectoryThatIsGoneLeavesNothingThere() throws IOException {
        try (Repository opened = open()) {
            Path away = temp.resolve("away");
            Files.move(repository, away);
            IOException e = assertThrows(IOException.class, () -> Backups.run(opened, "host", image, 1));
            assertTrue(e.getMessage().contains(repository.toString()), e.getMessage());
            assertNothingIsWritten(opened);
            Files.createDirectory(repository);
            assertNothingIsWritten(opened);
        }
    }

    private void assertNothingIsWritten(Repository opened) throws IOException {
        VarveException e = assertThrows(VarveException.class, opened::begin);
        assertTrue(e.getMessage().contains(repository.toString()), e.getMessage());
        assertEquals(List.of(), Backups.files(repository), "a second repository began where the first was mounted");
    }

    @Test
    void aDirectoryThatIsGoneIsNotARepositoryWithoutSnapshots() throws IOException {
        try (Repository opened = open()) {
            Files.move(repository, temp.resolve("away"));
            assertThrows(BackendException.class, () -> Backups.snapshots(opened));
        }
    }

    @Test
    void aPackThatIsGoneIsNamedAndWhatTheOthersHoldIsRead() throws IOException {
        for (Path pack : Backups.files(repository.resolve("packs"))) {
            try (Repository opened = open()) {
                Manifest manifest = Backups.snapshots(opened).get(0);
                byte[] whole = Files.readAllBytes(pack);
                Files.delete(pack);
                VarveException e = readingFails(opened, manifest);
                assertTrue(e.getMessage().contains(pack.getFileName().toString()), e.getMessage());
                Files.write(pack, whole);
                assertEquals(expected, Backups.listing(opened, manifest));
            }
        }
    }

    @Test
    void aBackupAfterPacksWereLostStoresTheirContentAgain() throws IOException {
        FaultVolume.settle(image);
        try (Repository opened = open()) {
            Manifest settled = Backups.run(opened, "host", image, 1).manifest();
            expected = Backups.listing(opened, settled);
        }
        for (Path pack : Backups.files(repository.resolve("packs"))) {
            Path copy = temp.resolve("copy");
            Backups.copy(repository, copy);
            Files.delete(copy.resolve(repository.relativize(pack).toString()));
            try (Repository opened = Repository.open(copy, null, Backups.OPTIONS)) {
                Manifest next = Backups.run(opened, "host", image, 1).manifest();
                assertEquals(expected, Backups.listing(opened, next));
            }
            Backups.delete(copy);
        }
    }

    @Test
    void filesThatAreCutWhileTheyAreOpenAreNamedErrorsOrHeal() throws IOException {
        try (Repository opened = open()) {
            Manifest manifest = Backups.snapshots(opened).get(0);
            for (Path file : Backups.files(repository.resolve("index"))) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.truncate(0);
                }
            }
            assertEquals(expected, Backups.listing(opened, manifest));
        }
        try (Repository opened = open()) {
            Manifest manifest = Backups.snapshots(opened).get(0);
            assertEquals(expected, Backups.listing(opened, manifest));
        }
        for (Path pack : Backups.files(repository.resolve("packs"))) {
            try (FileChannel channel = FileChannel.open(pack, StandardOpenOption.WRITE)) {
                channel.truncate(Files.size(pack) / 2);
            }
        }
        try (Repository opened = open()) {
            VarveException e = readingFails(opened, Backups.snapshots(opened).get(0));
            assertTrue(e.getMessage().contains("pack"), e.getMessage());
        }
    }

    @Test
    void anIndexDirectoryThatIsDeletedWhileOpenIsMadeAnew() throws IOException {
        try (Repository opened = open()) {
            Manifest manifest = Backups.snapshots(opened).get(0);
            Backups.delete(repository.resolve("index"));
            assertEquals(expected, Backups.listing(opened, manifest));
            Manifest next = Backups.run(opened, "host", image, 1).manifest();
            assertEquals(expected, Backups.listing(opened, next));
            Backups.assertSound(opened);
        }
    }
}
