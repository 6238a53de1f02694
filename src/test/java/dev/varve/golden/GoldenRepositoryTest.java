package dev.varve.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.check.RepositoryCheck;
import dev.varve.crypto.Password;
import dev.varve.model.ByteString;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryOptions;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.testing.SnapshotListing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What format 1 wrote is read for ever: every path, attribute and byte, and the volumes' images. {@link GoldenGenerator} made it. */
class GoldenRepositoryTest {
    static final List<String> KINDS = List.of("unencrypted", "encrypted");

    /** Where it lies in the sources: a copy among the classes may hold what a former generation left. */
    static final Path GOLDEN = Path.of("src/test/resources/golden/format-1");

    private static final long MAX_BYTES = 200 << 10;

    @TempDir
    Path temp;

    static Password password(String kind) {
        return kind.equals("encrypted") ? Password.of("golden password, not secret".toCharArray()) : null;
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile).toList();
        }
    }

    /** A copy, since reading makes the index. */
    private Path copy(String kind) throws IOException {
        Path from = GOLDEN.resolve(kind);
        Path to = temp.resolve(kind);
        for (Path file : files(from)) {
            Path target = to.resolve(from.relativize(file).toString());
            Files.createDirectories(target.getParent());
            Files.copy(file, target);
        }
        return to;
    }

    /**
     * The listing of all snapshots of a repository that is named by its kind. A line that was there before is shortened to its
     * first word.
     */
    static List<String> read(Path repository) throws IOException {
        List<String> lines = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        try (Repository opened = open(repository)) {
            SnapshotCatalog catalog = new SnapshotCatalog(opened.manifests());
            assertEquals(List.of(), catalog.problems());
            for (Manifest manifest : catalog.snapshots()) {
                for (String line : SnapshotListing.of(opened.chunks(), manifest)) {
                    lines.add(seen.add(line) ? line : "= " + line.substring(0, line.indexOf(' ')));
                }
            }
        }
        return lines;
    }

    private static Repository open(Path repository) throws IOException {
        return Repository.open(repository, password(repository.getFileName().toString()), RepositoryOptions.defaults());
    }

    @ParameterizedTest
    @ValueSource(strings = {"unencrypted", "encrypted"})
    void everyPathAttributeAndByteOfFormat1IsRead(String kind) throws IOException {
        Path repository = copy(kind);
        List<String> expected = Files.readAllLines(GOLDEN.resolve("expected.txt"), StandardCharsets.US_ASCII);
        assertEquals(expected, read(repository));
        try (Repository opened = open(repository)) {
            RepositoryCheck.Report report = new RepositoryCheck(opened, new Random(1)).run(100, new Silent());
            assertTrue(report.isSound(), report.toString());
            assertEquals(2, report.snapshots());
        }
    }

    @Test
    void theExpectationsCoverWhatAVolumeCanHold() throws IOException {
        String all = Files.readString(GOLDEN.resolve("expected.txt"), StandardCharsets.US_ASCII);
        for (String feature : List.of(
                "snapshot 2024-05-01 of golden",
                "snapshot 2024-05-01T13-00-00 of golden",
                "volume root on / ext4",
                "volume boot on /boot raw",
                "/long inode=",
                " size=330000/646 ",
                " hole=",
                " nlink=2 ",
                " target=short",
                " target=very/very/",
                "xattr:user.note=6e6f7465",
                "xattr:system.posix_acl_access=02000000",
                "xattr:security.capability=01000002",
                "/devices/block inode=",
                " rdev=811 ",
                "/non-utf8-\\xfe\\xff inode=",
                " mtime=5000000000.123456789",
                " mtime=-1000.000000001",
                " entries=400",
                "image bytes=1048576 sha256=",
                "image bytes=70001 sha256=")) {
            assertTrue(all.contains(feature), feature);
        }
    }

    @Test
    void contentsDirectoriesAndMapsHaveNodesBelowTheirRoots() throws IOException {
        try (Repository opened = open(copy("unencrypted"))) {
            Manifest manifest =
                    new SnapshotCatalog(opened.manifests()).snapshots().get(0);
            VolumeRecord record = manifest.volumes().get(0);
            StoredVolume volume = new StoredVolume(opened.chunks(), record, VolumeCache.ofBytes(1 << 20));
            StoredInode root = volume.root();
            StoredInode file =
                    volume.inode(volume.lookup(root, ByteString.utf8("long")).inode());
            assertTrue(file.content().depth() > 0, "a content with a node of parts");
            StoredInode large =
                    volume.inode(volume.lookup(root, ByteString.utf8("large")).inode());
            byte[] node = opened.chunks().read(large.directory().node());
            assertTrue(node.length < 400, "an inner node, not a leaf of 400 entries: " + node.length + " bytes");
        }
    }

    @Test
    void goldenRepositoriesAreSmall() throws IOException {
        long bytes = 0;
        for (Path file : files(GOLDEN)) {
            bytes += Files.size(file);
        }
        assertTrue(bytes < MAX_BYTES, bytes + " bytes");
    }

    private static final class Silent implements RepositoryCheck.Progress {
        @Override
        public void packs(int done, int inAll) {}

        @Override
        public void snapshot(Manifest manifest) {}
    }
}
