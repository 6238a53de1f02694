package dev.varve.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.check.RepositoryCheck;
import dev.varve.crypto.KeyDerivation;
import dev.varve.crypto.Password;
import dev.varve.model.VarveException;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryOptions;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.testing.SnapshotListing;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every file of a whole small repository is damaged in place: small files at every byte and every length, large ones at all
 * their structures and at positions chosen by a seed. Then everything is read: it is right, or a named error says why not.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamageTest {
    private static final RepositoryOptions OPTIONS = new RepositoryOptions(4 << 20, 1, 64 << 20, 1 << 10);
    private static final int EXHAUSTIVE_BYTES = 1024;
    private static final int SAMPLES = 200;

    /** Far more than reading this repository takes; far less than lengths that are believed could ask for. */
    private static final long MAX_ALLOCATED_BYTES = 96L << 20;

    @TempDir
    Path temp;

    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private Path repository;
    private boolean encrypted;
    private List<String> expected;

    @BeforeEach
    void makeVolume() throws IOException {
        FaultVolume.tiny(temp);
    }

    private void makeRepository(boolean isEncrypted) throws IOException {
        encrypted = isEncrypted;
        repository = temp.resolve("repository");
        try (Repository opened = Repository.create(repository, password(), new KeyDerivation(64, 1, 1))) {
            Manifest manifest =
                    Backups.run(opened, "host", temp.resolve("tiny.img"), 1).manifest();
            expected = SnapshotListing.of(opened.chunks(), manifest);
        }
    }

    private Password password() {
        return encrypted ? Password.of("correct horse".toCharArray()) : null;
    }

    private List<Path> files(String kind) throws IOException {
        List<Path> files = Backups.files(repository.resolve(kind));
        assertFalse(files.isEmpty(), kind);
        return files;
    }

    @FunctionalInterface
    private interface Examination {
        void look(String how, Path file) throws IOException;
    }

    /** Damages the file in every way, looks each time, and puts it right again. */
    private void damage(Path file, Examination examination) throws IOException {
        byte[] good = Files.readAllBytes(file);
        long seed = file.getFileName().toString().length() + good.length;
        for (int at : positions(good, seed)) {
            for (int mask : good.length <= EXHAUSTIVE_BYTES ? new int[] {0xff, 1} : new int[] {1 << at % 8}) {
                byte[] flipped = good.clone();
                flipped[at] ^= (byte) mask;
                examine(file, flipped, "byte " + at + " ^ " + mask, examination);
            }
            if (good.length <= EXHAUSTIVE_BYTES || at % 7 == 0) {
                examine(file, Arrays.copyOf(good, at), "cut at " + at, examination);
            }
        }
        examine(file, new byte[good.length], "all zeros", examination);
        Files.delete(file);
        look(file, "deleted", examination);
        Files.write(file, good);
    }

    /** All of a small file; of a large one its ends, and positions by chance. */
    private static TreeSet<Integer> positions(byte[] good, long seed) {
        TreeSet<Integer> positions = new TreeSet<>();
        boolean all = good.length <= EXHAUSTIVE_BYTES;
        for (int i = 0; i < good.length; i++) {
            if (all || i < 100 || i >= good.length - 300) {
                positions.add(i);
            }
        }
        Random random = new Random(seed);
        for (int i = 0; !all && i < SAMPLES; i++) {
            positions.add(random.nextInt(good.length));
        }
        return positions;
    }

    private void examine(Path file, byte[] damaged, String how, Examination examination) throws IOException {
        byte[] good = Files.readAllBytes(file);
        Files.delete(file); // a new file, since readers of the last round may still have the old one mapped
        Files.write(file, damaged);
        look(file, how, examination);
        Files.deleteIfExists(file);
        Files.createDirectories(file.getParent());
        Files.write(file, good);
    }

    private void look(Path file, String how, Examination examination) throws IOException {
        String what = (encrypted ? "encrypted " : "plain ") + repository.relativize(file) + ", " + how;
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            examination.look(what, file);
        } catch (RuntimeException | Error | IOException e) {
            throw new AssertionError(what, e);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < MAX_ALLOCATED_BYTES, what + ": " + allocated + " bytes of heap were asked for");
    }

    /** Reads everything. @return the error's message, or null when all is right */
    private String read() throws IOException {
        try (Repository opened = Repository.open(repository, password(), OPTIONS)) {
            SnapshotCatalog catalog = new SnapshotCatalog(opened.manifests());
            if (!catalog.problems().isEmpty()) {
                return catalog.problems().get(0).getMessage();
            }
            List<String> lines = new ArrayList<>();
            for (Manifest manifest : catalog.snapshots()) {
                lines.addAll(SnapshotListing.of(opened.chunks(), manifest));
            }
            if (lines.isEmpty()) {
                return "no snapshot";
            }
            assertEquals(expected, lines);
            return null;
        } catch (VarveException named) {
            return named.getMessage();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void damagedConfigAndKeysAreNamed(boolean isEncrypted) throws IOException {
        makeRepository(isEncrypted);
        List<Path> files = new ArrayList<>(List.of(repository.resolve("config")));
        if (isEncrypted) {
            files.addAll(files("keys"));
        }
        for (Path file : files) {
            damage(file, (how, damaged) -> {
                String message = read();
                assertTrue(message != null, how + ": nobody noticed");
                assertTrue(message.contains(repository.toString()), how + ": " + message);
            });
        }
        assertEquals(null, read());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDamagedManifestIsNamedByReadersAndByCheck(boolean isEncrypted) throws IOException {
        makeRepository(isEncrypted);
        for (Path file : files("snapshots")) {
            damage(file, (how, damaged) -> {
                String message = read();
                boolean gone = !Files.exists(damaged);
                assertTrue(message != null, how + ": nobody noticed");
                assertTrue(gone || message.contains(file.getFileName().toString()), how + ": " + message);
                try (Repository opened = Repository.open(repository, password(), OPTIONS)) {
                    RepositoryCheck.Report report = Backups.check(opened);
                    assertTrue(
                            gone
                                    || report.problems()
                                            .get(0)
                                            .contains(file.getFileName().toString()),
                            how);
                }
            });
        }
        assertEquals(null, read());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDamagedPackIsNamedByReadersAndByCheckWithThePathsAndDatesItHurts(boolean isEncrypted) throws IOException {
        makeRepository(isEncrypted);
        Path indexCopy = temp.resolve("index.copy");
        Backups.copy(repository.resolve("index"), indexCopy);
        int named = 0;
        for (Path file : files("packs")) {
            String pack = file.getFileName().toString();
            damage(file, (how, damaged) -> {
                String message = read();
                assertTrue(message == null || message.contains(pack), how + ": " + message);
                try (Repository opened = Repository.open(repository, password(), OPTIONS)) {
                    RepositoryCheck.Report report = Backups.check(opened);
                    assertFalse(report.damagedPacks().isEmpty(), how + ": check found nothing");
                    RepositoryCheck.PackDamage damage = report.damagedPacks().get(0);
                    assertEquals(pack, damage.pack().toHex(), how);
                    assertTrue(damage.message().contains(pack), how + ": " + damage.message());
                    assertTrue(damage.hurtChunks() > 0, how + ": no chunk is hurt");
                    assertFalse(report.problems().isEmpty(), how + ": hurts nothing");
                    for (String problem : report.problems()) {
                        assertTrue(problem.contains("snapshot "), how + ": " + problem);
                    }
                }
                Backups.delete(repository.resolve("index"));
                Backups.copy(indexCopy, repository.resolve("index"));
            });
            named++;
        }
        assertEquals(2, named, "a data and a metadata pack");
        assertEquals(null, read());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDamagedIndexHealsByItself(boolean isEncrypted) throws IOException {
        makeRepository(isEncrypted);
        for (Path file : files("index")) {
            damage(file, (how, damaged) -> {
                assertEquals(null, read(), how);
                try (Repository opened = Repository.open(repository, password(), OPTIONS)) {
                    Backups.assertSound(opened);
                }
            });
        }
        assertEquals(null, read());
    }

    @Test
    void aKeyFileThatCannotBeUsedDoesNotHinderTheOtherPassword() throws IOException {
        makeRepository(true);
        Path first = files("keys").get(0);
        byte[] good = Files.readAllBytes(first);
        Password second = Password.of("battery staple".toCharArray());
        try (Repository opened = Repository.open(repository, password(), OPTIONS)) {
            opened.addPassword(second, "second");
        }
        for (int at = 0; at < 12; at += 4) {
            byte[] flipped = good.clone();
            flipped[at] ^= 1;
            Files.write(first, flipped);
            Repository.open(repository, second, OPTIONS).close();
        }
    }

    @Test
    void checkEndsWithOneAndNamesPackPathAndDateOnTheCommandLine() throws Exception {
        makeRepository(false);
        Path largest = files("packs").get(0);
        for (Path file : files("packs")) {
            largest = Files.size(file) > Files.size(largest) ? file : largest;
        }
        byte[] bytes = Files.readAllBytes(largest);
        bytes[bytes.length / 3] ^= 1;
        Files.write(largest, bytes);
        ProcessBuilder builder =
                BackupProcess.java("dev.varve.cli.Varve", "check", "--read-data", "--repo", repository.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, process.waitFor(), errors);
        String date = expected.get(0).split(" ")[1];
        assertTrue(errors.contains(largest.getFileName().toString()), errors);
        assertTrue(errors.contains("snapshot " + date + " of host host, volume tiny: /long"), errors);
        assertFalse(errors.contains("\tat "), errors);
    }

    @Test
    void aBackupAfterDamageStoresWhatItMeetsDamagedAgainAndItsSnapshotIsWhole() throws IOException {
        makeRepository(false);
        Path metadata = files("packs").get(0);
        for (Path file : files("packs")) {
            metadata = Files.size(file) < Files.size(metadata) ? file : metadata;
        }
        byte[] bytes = Files.readAllBytes(metadata);
        bytes[200] ^= 1;
        Files.write(metadata, bytes);
        Manifest second;
        try (Repository opened = Repository.open(repository, password(), OPTIONS)) {
            second = Backups.run(opened, "host", temp.resolve("tiny.img"), 1).manifest();
        }
        try (Repository opened = Repository.open(repository, password(), OPTIONS)) {
            List<String> lines = SnapshotListing.of(opened.chunks(), second);
            assertEquals(expected.subList(1, expected.size()), lines.subList(1, lines.size()));
            assertEquals(List.of(), Backups.check(opened).problems());
        }
    }
}
