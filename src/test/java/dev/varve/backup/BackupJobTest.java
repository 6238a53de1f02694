package dev.varve.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.AlreadyExistsException;
import dev.varve.model.ByteString;
import dev.varve.model.PackId;
import dev.varve.model.RefusedException;
import dev.varve.model.Timestamp;
import dev.varve.model.UnsupportedVolumeException;
import dev.varve.repository.Repository;
import dev.varve.snapshot.ContentReader;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.testing.FakeClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupJobTest {
    @TempDir
    Path temp;

    private Repository repository;
    private Path image;
    private byte[] content;

    @BeforeEach
    void makeRepositoryAndVolume() throws Exception {
        repository = Repository.create(temp.resolve("repo"), null);
        content = new byte[500_000];
        new Random(5).nextBytes(content);
        Path tree = Files.createDirectories(temp.resolve("tree"));
        Files.write(tree.resolve("file"), content);
        image = TestVolume.make(temp.resolve("root.img"), tree, 16).image;
    }

    @AfterEach
    void close() throws IOException {
        repository.close();
    }

    @Test
    void oneSnapshotHoldsAllVolumesWithTheirNamesAndPlaces() throws Exception {
        Path raw = temp.resolve("boot.img");
        Files.write(raw, content);
        BackupResult result = run(null, source(image, "/", false), source(raw, "/boot", true));
        assertEquals(List.of(), result.problems());
        Manifest found = new SnapshotCatalog(repository.manifests()).snapshots().get(0);
        assertEquals(result.manifest(), found);
        VolumeRecord root = found.volumes().get(0);
        VolumeRecord boot = found.volumes().get(1);
        assertEquals("root", root.name());
        assertEquals("boot", boot.name());
        assertEquals(ByteString.utf8("/boot"), boot.mountPoint());
        assertArrayEquals(content, read(root, "file"));
        ByteBuffer image = ByteBuffer.allocate(content.length);
        volume(boot).image().read(0, image);
        assertArrayEquals(content, image.array());
        assertTrue(root.statistics().newBytes() >= content.length);
    }

    @Test
    void aSecondBackupFindsTheFirstByTheFileSystemAndNotByThePath() throws Exception {
        Path copy = temp.resolve("snap1.img");
        setWrittenLater(image);
        Files.copy(image, copy);
        run(null, source(image, "/", false));
        BackupResult second = run(null, source(copy, "/", false));
        IngestCounts counts = second.volumes().get(0).counts();
        assertEquals(1, counts.filesTaken() + counts.filesProved());
        assertEquals(0, counts.directoriesRead());
        assertEquals(0, second.manifest().volumes().get(0).statistics().newBytes());
        assertArrayEquals(content, read(second.manifest().volumes().get(0), "file"));
    }

    @Test
    void whatALostPackHeldIsStoredAgain() throws Exception {
        byte[] large = new byte[3_000_000];
        new Random(6).nextBytes(large);
        Files.write(temp.resolve("tree/large"), large);
        Path volume = TestVolume.make(temp.resolve("v.img"), temp.resolve("tree"), 32).image;
        setWrittenLater(volume);
        run(null, source(volume, "/", false));
        Path largest;
        try (Stream<Path> walk = Files.walk(temp.resolve("repo/packs"))) {
            largest = walk.filter(Files::isRegularFile)
                    .max(Comparator.comparingLong(pack -> pack.toFile().length()))
                    .orElseThrow();
        }
        Files.delete(largest);
        BackupResult second = run(null, source(volume, "/", false));
        assertEquals(1, second.problems().size(), second.problems().toString());
        assertTrue(
                second.problems().get(0).contains("is lost"), second.problems().get(0));
        assertArrayEquals(large, read(second.manifest().volumes().get(0), "large"));
        assertArrayEquals(content, read(second.manifest().volumes().get(0), "file"));
    }

    @Test
    void whatLiesInMarkedPacksIsStoredAgainAndTheyCanGo() throws Exception {
        byte[] large = new byte[3_000_000];
        new Random(6).nextBytes(large);
        Files.write(temp.resolve("tree/large"), large);
        Path volume = TestVolume.make(temp.resolve("v.img"), temp.resolve("tree"), 32).image;
        setWrittenLater(volume);
        run(null, source(volume, "/", false));
        Set<PackId> marked = repository.indexView().packs();
        repository.marks().put("", Instant.now(), Set.of(), Set.of(), marked);
        BackupResult second = run(null, source(volume, "/", false));
        assertEquals(List.of(), second.problems());
        for (PackId pack : marked) {
            repository.packAccess().delete(pack);
        }
        repository.packAccess().dropFromIndex(marked);
        assertArrayEquals(large, read(second.manifest().volumes().get(0), "large"));
        assertArrayEquals(content, read(second.manifest().volumes().get(0), "file"));
    }

    @Test
    void aSnapshotThatIsPublishedTooLateForAPruneToSeeIsTakenBack() {
        FakeClock slow = new FakeClock(Instant.parse("2030-01-01T00:00:00Z")) {
            @Override
            public Instant instant() {
                advance(Duration.ofMinutes(61));
                return super.instant();
            }
        };
        RefusedException e = assertThrows(
                RefusedException.class,
                () -> new BackupJob(repository, options(null, source(image, "/", false)), slow, new SourceChecks())
                        .run());
        assertTrue(e.getMessage().contains("was taken back"), e.getMessage());
        assertDoesNotThrow(() -> assertEquals(List.of(), repository.manifests().list()));
    }

    @Test
    void twoSourcesAtOneMountPointAreRefused() {
        assertThrows(RefusedException.class, () -> run(null, source(image, "/a", false), source(image, "/a/", false)));
    }

    @Test
    void aSourceInsideTheRepositoryIsRefused() throws Exception {
        Path inside = temp.resolve("repo/inside.img");
        Files.copy(image, inside);
        Path link = Files.createSymbolicLink(temp.resolve("link.img"), inside);
        assertThrows(RefusedException.class, () -> run(null, source(inside, "/", false)));
        assertThrows(RefusedException.class, () -> run(null, source(link, "/", false)));
    }

    @Test
    void aSourceThatIsNoFileSystemIsRefusedWithAdviceAndNothingIsPublished() throws Exception {
        Path noise = temp.resolve("noise.img");
        Files.write(noise, content);
        UnsupportedVolumeException e = assertThrows(
                UnsupportedVolumeException.class,
                () -> run(null, source(image, "/", false), source(noise, "/n", false)));
        assertTrue(e.getMessage().contains("--raw"), e.getMessage());
        assertEquals(List.of(), new SnapshotCatalog(repository.manifests()).snapshots());
    }

    @Test
    void anExplicitTimeIsTakenOnce() throws Exception {
        Timestamp time = new Timestamp(1_714_557_600, 0);
        Manifest manifest = run(time, source(image, "/", false)).manifest();
        assertEquals("2024-05-01", manifest.name());
        assertEquals(time, manifest.time());
        assertThrows(AlreadyExistsException.class, () -> run(time, source(image, "/", false)));
    }

    @Test
    void aFileIsNoLiveVolume() throws Exception {
        Path mountInfo = temp.resolve("mountinfo");
        Files.writeString(
                mountInfo,
                "36 35 254:0 / / rw,noatime shared:1 - ext4 /dev/vda rw,errors=remount-ro\n"
                        + "40 35 254:1 / /ro ro - ext4 /dev/vdb ro\n");
        assertNull(new SourceChecks(mountInfo, temp).liveWarning(image));
    }

    @Test
    void aFileBehindALoopDeviceIsThatDevice() throws Exception {
        Path repo = temp.resolve("repo");
        Path sys = loopOf(image);
        Path mountInfo = temp.resolve("mountinfo");
        Files.writeString(mountInfo, "36 35 7:3 / /live rw - ext4 /dev/loop3 rw\n");
        SourceChecks checks = new SourceChecks(mountInfo, sys);
        assertTrue(checks.liveWarning(image).contains("mounted read-write at /live"));
        checks.requireNotRepository(image, repo);

        long device = (Long) Files.getAttribute(repo, "unix:dev");
        long major = device >>> 8 & 0xfff;
        long minor = device & 0xff | device >>> 12 & 0xffffff00L;
        Path slave = Files.createDirectories(sys.resolve(major + ":" + minor + "/slaves/loop3"));
        Files.writeString(slave.resolve("dev"), "7:3\n");
        assertThrows(RefusedException.class, () -> checks.requireNotRepository(image, repo));
    }

    /** A stand-in for /sys/dev/block with one loop device, 7:3, on the file. */
    private Path loopOf(Path file) throws IOException {
        Path sys = temp.resolve("sys");
        Path loop = Files.createDirectories(sys.resolve("7:3/loop"));
        Files.writeString(loop.resolve("backing_file"), file + "\n");
        return sys;
    }

    @Test
    @Tag("root")
    void theDiskOfTheRepositoryIsRefusedAndALiveVolumeWarnedOf() throws Exception {
        Path disk = TestVolume.make(temp.resolve("disk.img"), Files.createDirectories(temp.resolve("empty")), 64).image;
        Path mount = Files.createDirectories(temp.resolve("mnt"));
        String loop = TestVolume.run("losetup", "-f", "--show", disk.toString()).strip();
        try {
            TestVolume.run("mount", loop, mount.toString());
            try {
                BackupResult live = run(null, source(Path.of(loop), "/", true));
                assertEquals(1, live.problems().size());
                assertTrue(
                        live.problems().get(0).contains("mounted read-write"),
                        live.problems().get(0));
                try (Repository own = Repository.create(mount.resolve("repo"), null)) {
                    BackupOptions options = options(null, source(Path.of(loop), "/", true));
                    assertThrows(RefusedException.class, () -> new BackupJob(own, options).run());
                    BackupOptions file = options(null, source(disk, "/", true));
                    assertThrows(RefusedException.class, () -> new BackupJob(own, file).run());
                }
            } finally {
                TestVolume.run("umount", mount.toString());
            }
        } finally {
            TestVolume.run("losetup", "-d", loop);
        }
    }

    @Test
    void problemsNameThePathOnTheHostWhereThereIsOne() throws Exception {
        Path tree = Files.createDirectories(temp.resolve("deep/var/lib"));
        Files.write(tree.resolve("base.dat"), content);
        Files.write(tree.resolve("lost.dat"), content);
        TestVolume test = TestVolume.make(temp.resolve("deep.img"), temp.resolve("deep"), 16);
        test.debugfs("set_inode_field /var/lib/base.dat block[0] 0");
        test.debugfs("set_inode_field /var/lib/lost.dat block[0] 0");
        test.debugfs("unlink /var/lib/lost.dat");
        test.debugfs("link <900> /var/lib/nowhere");
        BackupResult result = run(null, source(test.image, "/srv/", false), source(image, "/", false));
        List<String> lines = result.problems();
        assertEquals(3, lines.size(), lines.toString());
        List<String> expected = List.of(
                "deep: /srv/var/lib/base.dat \\(inode \\d+\\): cannot be read: .*",
                "deep: inode \\d+: cannot be read: .*",
                "deep: /srv/var/lib \\(inode \\d+\\): left out the entry .nowhere.: inode 900 .*");
        for (String line : expected) {
            assertTrue(lines.stream().anyMatch(problem -> problem.matches(line)), line + " in " + lines);
        }
    }

    @Test
    void whatAManifestCannotHoldIsRefusedBeforeAnythingIsRead() throws IOException {
        BackupSource deep = source(image, "/" + "d".repeat(4096), false);
        RefusedException tooLong = assertThrows(RefusedException.class, () -> run(null, deep));
        assertTrue(tooLong.getMessage().contains("longer than 4096 bytes"), tooLong.getMessage());
        for (String host : List.of("", ".hidden", "a/b", "a b", "h".repeat(256))) {
            BackupOptions options = new BackupOptions(
                    host,
                    null,
                    ZoneId.of("UTC"),
                    List.of(source(image, "/", false)),
                    2,
                    2,
                    temp,
                    "test",
                    BackupProgress.SILENT);
            RefusedException e = assertThrows(RefusedException.class, () -> new BackupJob(repository, options).run());
            assertTrue(e.getMessage().contains("--host"), e.getMessage());
        }
        assertEquals(List.of(), new SnapshotCatalog(repository.manifests()).snapshots());
    }

    private BackupResult run(Timestamp time, BackupSource... sources) throws IOException {
        return new BackupJob(repository, options(time, sources)).run();
    }

    private BackupOptions options(Timestamp time, BackupSource... sources) {
        return new BackupOptions(
                "host", time, ZoneId.of("UTC"), List.of(sources), 2, 2, temp, "test", BackupProgress.SILENT);
    }

    private static BackupSource source(Path path, String mountPoint, boolean raw) {
        return new BackupSource(path, ByteString.utf8(mountPoint), raw);
    }

    private StoredVolume volume(VolumeRecord record) {
        return new StoredVolume(repository.chunks(), record, VolumeCache.ofBytes(1 << 20));
    }

    private byte[] read(VolumeRecord record, String name) throws IOException {
        StoredVolume volume = volume(record);
        StoredInode file =
                volume.inode(volume.lookup(volume.root(), ByteString.utf8(name)).inode());
        ContentReader reader = volume.open(file);
        ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(reader.size()));
        reader.read(0, target);
        return target.array();
    }

    /** As if the file system had been frozen long after its files were written. */
    private static void setWrittenLater(Path image) throws IOException, InterruptedException {
        ProcessBuilder tune = new ProcessBuilder("tune2fs", "-L", "later", image.toString());
        tune.environment().put("E2FSPROGS_FAKE_TIME", Long.toString(System.currentTimeMillis() / 1000 + 100_000));
        Process process = tune.redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        assertEquals(0, process.waitFor());
    }
}
