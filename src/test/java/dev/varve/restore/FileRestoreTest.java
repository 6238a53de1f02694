package dev.varve.restore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.NotFoundException;
import dev.varve.model.Timestamp;
import dev.varve.model.Xattr;
import dev.varve.posix.Descriptor;
import dev.varve.posix.ExtendedAttributes;
import dev.varve.posix.FileStatus;
import dev.varve.posix.OpenFlags;
import dev.varve.posix.Posix;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.StoredVolume;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.MemoryVolume;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileRestoreTest {
    private static final long ROOT = MemoryVolume.ROOT;

    @TempDir
    Path directory;

    private final MemoryChunks chunks = new MemoryChunks();
    private final MemoryVolume volume = new MemoryVolume(chunks);
    private final List<String> problems = Collections.synchronizedList(new ArrayList<>());
    private final Random random = new Random(42);
    private Path target;

    @BeforeEach
    void own() {
        volume.owner(Posix.effectiveUser(), Posix.effectiveGroup());
        target = directory.resolve("target");
    }

    @Test
    void everyTypeComesBackWithContentModeAndNanoseconds() throws IOException {
        long etc = volume.directory(ROOT, "etc", 0750);
        byte[] data = random(300_000);
        volume.file(etc, "data", data);
        volume.file(etc, "empty", 04711, Content.EMPTY, 1, 0, List.of());
        volume.symlink(etc, "link", "no/such \u00ff");
        volume.special(etc, "pipe", FileType.FIFO, 0620, 0);
        volume.special(etc, "socket", FileType.SOCKET, 0755, 0);
        RestoreReport report = restore("/");
        assertEquals(List.of(), problems);
        assertTrue(report.isComplete(), report.toString());
        assertEquals(7, report.restored());
        assertArrayEquals(data, Files.readAllBytes(target.resolve("etc/data")));
        assertEquals(04711, status("etc/empty").mode() & 07777);
        assertEquals(0750, status("etc").mode() & 07777);
        assertEquals(FileType.FIFO.bits() | 0620, status("etc/pipe").mode());
        assertEquals(FileType.SOCKET.bits() | 0755, status("etc/socket").mode());
        for (String path : List.of("", "etc", "etc/data", "etc/empty", "etc/link", "etc/pipe", "etc/socket")) {
            assertEquals(MemoryVolume.TIME, status(path).mtime(), path);
        }
        noTemporaryFiles();
    }

    @Test
    void holesStayHolesAndTheSizeIsRight() throws IOException {
        byte[] data = random(8192);
        volume.file(ROOT, "sparse", 0600, volume.content(data, 1L << 30), 1, 0, List.of());
        volume.file(ROOT, "hole", 0600, volume.content(new byte[0], 12_345), 1, 0, List.of());
        restore("/");
        assertEquals((1L << 30) + 8192, status("sparse").size());
        assertTrue(
                status("sparse").blocks() <= 64, "blocks: " + status("sparse").blocks());
        assertEquals(12_345, status("hole").size());
        assertEquals(0, status("hole").blocks());
    }

    @Test
    void largeFilesAreFilledInPiecesWithHolesBetween() throws IOException {
        byte[] data = random(35 << 20);
        volume.file(ROOT, "large", 0600, volume.content(data, 50L << 20), 1, 0, List.of());
        RestoreReport report = restore("/");
        assertTrue(report.isComplete());
        assertEquals(85L << 20, status("large").size());
        byte[] back = Files.readAllBytes(target.resolve("large"));
        assertArrayEquals(data, Arrays.copyOf(back, data.length));
        assertEquals(2, restore("/").skipped() + 1);
    }

    @Test
    void hardLinksAreOneInodeAcrossDirectories() throws IOException {
        long a = volume.directory(ROOT, "a", 0755);
        long z = volume.directory(ROOT, "z", 0555);
        long file = volume.file(a, "one", 0644, volume.content(random(1000)), 3, 0, List.of());
        volume.link(a, ByteString.utf8("two"), file, FileType.REGULAR);
        volume.link(z, ByteString.utf8("three"), file, FileType.REGULAR);
        RestoreReport report = restore("/");
        assertTrue(report.isComplete(), problems.toString());
        assertEquals(status("a/one").inode(), status("a/two").inode());
        assertEquals(status("a/one").inode(), status("z/three").inode());
        assertEquals(3, status("a/one").nlink());
        assertEquals(MemoryVolume.TIME, status("z").mtime());
        assertEquals(3, restore("/").skipped());
        Files.delete(target.resolve("a/one"));
        restore("/");
        assertEquals(status("a/one").inode(), status("z/three").inode(), "joined again after one name was lost");
        noTemporaryFiles();
    }

    @Test
    void aNameOnlyIsRestoredUnderItsFullPath() throws IOException {
        long etc = volume.directory(ROOT, "etc", 0711);
        long deep = volume.directory(etc, "deep", 0755);
        volume.file(etc, "passwd", random(10));
        volume.file(deep, "f", random(10));
        volume.file(etc, "shadow", random(10));
        RestoreReport report = restore("/etc/passwd", "/etc/deep/f");
        assertTrue(report.isComplete());
        assertTrue(Files.exists(target.resolve("etc/passwd")));
        assertTrue(Files.exists(target.resolve("etc/deep/f")));
        assertFalse(Files.exists(target.resolve("etc/shadow")));
        assertEquals(0711, status("etc").mode() & 07777, "a parent that had to be made gets its metadata");
        assertEquals(MemoryVolume.TIME, status("etc").mtime());
        assertEquals(0700, status("").mode() & 07777, "the target is not a parent that was made from the snapshot");
    }

    @Test
    void anExistingParentIsLeftAsItIs() throws IOException {
        long etc = volume.directory(ROOT, "etc", 0711);
        volume.file(etc, "passwd", random(10));
        Files.createDirectories(target.resolve("etc"));
        int mode = status("etc").mode();
        restore("/etc/passwd");
        assertEquals(mode, status("etc").mode());
    }

    @Test
    void aPathThatIsNotThereChangesNothing() throws IOException {
        volume.symlink(ROOT, "link", "/etc");
        NotFoundException e = assertThrows(NotFoundException.class, () -> restore("/none"));
        assertEquals("no /none in this snapshot", e.getMessage());
        e = assertThrows(NotFoundException.class, () -> restore("/link/passwd"));
        assertEquals("/link is no directory but a symbolic link to /etc; name that path", e.getMessage());
        assertThrows(NotFoundException.class, () -> restore("/../x"));
        assertFalse(Files.exists(target));
    }

    @Test
    void runningAgainSkipsWhatIsCompleteAndReplacesWhatIsNot() throws IOException {
        byte[] data = random(5000);
        volume.file(ROOT, "same", data);
        volume.file(ROOT, "changed", data);
        volume.symlink(ROOT, "link", "there");
        volume.symlink(ROOT, "other", "there");
        restore("/");
        long inode = status("same").inode();
        Files.writeString(target.resolve("changed"), "longer than nothing");
        Files.delete(target.resolve("other"));
        Files.createSymbolicLink(target.resolve("other"), Path.of("elsewhere"));
        RestoreReport again = restore("/");
        assertEquals(2, again.skipped());
        assertEquals(inode, status("same").inode());
        assertArrayEquals(data, Files.readAllBytes(target.resolve("changed")));
        assertEquals("there", Files.readSymbolicLink(target.resolve("other")).toString());
        assertTrue(again.isComplete());
    }

    @Test
    void rottedBytesUnderTheRightSizeAndTimeAreReplaced() throws IOException {
        byte[] data = random(300_000);
        volume.file(ROOT, "rotted", data);
        volume.file(ROOT, "sparse", 0644, volume.content(data, 1 << 20), 1, 0, List.of());
        volume.file(ROOT, "same", data);
        restore("/");
        for (String name : List.of("rotted", "sparse")) {
            try (RandomAccessFile file =
                    new RandomAccessFile(target.resolve(name).toFile(), "rw")) {
                file.seek(name.equals("sparse") ? 1_000_000 : 200_001);
                file.write(data[200_001] ^ 1);
            }
            setTime(name);
        }
        RestoreReport again = restore("/");
        assertEquals(1, again.skipped());
        assertArrayEquals(data, Files.readAllBytes(target.resolve("rotted")));
        assertArrayEquals(Arrays.copyOf(data, data.length + (1 << 20)), Files.readAllBytes(target.resolve("sparse")));
        assertTrue(again.isComplete());
    }

    @Test
    void aFileOfWhichOnlyMetadataDiffersKeepsItsContentAndGetsTheMetadata() throws IOException {
        Xattr kept = new Xattr(ByteString.utf8("user.kept"), ByteString.utf8("v"));
        Xattr more = new Xattr(ByteString.utf8("user.more"), ByteString.utf8("w"));
        volume.file(ROOT, "mode", 0640, volume.content(random(100)), 1, 0, List.of());
        volume.file(ROOT, "xattr", 0640, volume.content(random(100)), 1, 0, List.of(kept));
        volume.special(ROOT, "pipe", FileType.FIFO, 0620, 0);
        restore("/");
        long inode = status("mode").inode();
        long xattrInode = status("xattr").inode();
        Files.setPosixFilePermissions(target.resolve("mode"), PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.setPosixFilePermissions(target.resolve("pipe"), PosixFilePermissions.fromString("rwxrwxrwx"));
        try (Descriptor open = Posix.open(target.resolve("xattr"), OpenFlags.RDONLY, 0)) {
            ExtendedAttributes.remove(open, kept.name());
            ExtendedAttributes.set(open, more);
        }
        RestoreReport again = restore("/");
        assertTrue(again.isComplete(), again.toString());
        assertEquals(0, again.skipped());
        assertEquals(0640, status("mode").mode() & 07777);
        assertEquals(0620, status("pipe").mode() & 07777);
        assertEquals(inode, status("mode").inode());
        assertEquals(xattrInode, status("xattr").inode());
        assertEquals(List.of(kept), ExtendedAttributes.list(target.resolve("xattr")));
        assertEquals(3, restore("/").skipped());
    }

    @Test
    void aFileWithNamesElsewhereIsReplacedRatherThanChangedUnderThem() throws IOException {
        volume.file(ROOT, "f", 0640, volume.content(random(100)), 1, 0, List.of());
        restore("/");
        Path elsewhere = Files.createLink(directory.resolve("elsewhere"), target.resolve("f"));
        Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rwxrwxrwx"));
        restore("/");
        assertEquals(0640, status("f").mode() & 07777);
        assertEquals("rwxrwxrwx", PosixFilePermissions.toString(Files.getPosixFilePermissions(elsewhere)));
    }

    @Test
    void timesBefore1970AndAfter2038ComeBackToTheNanosecond() throws IOException {
        List<Timestamp> times = List.of(
                new Timestamp(-2_147_483_648L, 0),
                new Timestamp(-1, 999_999_999),
                new Timestamp(2_147_483_648L, 1),
                new Timestamp(4_294_967_296L, 123_456_789),
                new Timestamp(7_000_000_000L, 5));
        for (int i = 0; i < times.size(); i++) {
            volume.time(volume.file(ROOT, "f" + i, random(10)), times.get(i));
            volume.time(volume.symlink(ROOT, "l" + i, "t"), times.get(i));
        }
        assertTrue(restore("/").isComplete());
        for (int i = 0; i < times.size(); i++) {
            assertEquals(times.get(i), status("f" + i).mtime());
            assertEquals(times.get(i), status("l" + i).mtime());
        }
        assertEquals(2 * times.size(), restore("/").skipped());
    }

    @Test
    void leftoversOfAKilledRunAreTakenOver() throws IOException {
        byte[] data = random(5000);
        long file = volume.file(ROOT, "f", data);
        long link = volume.symlink(ROOT, "s", "t");
        Files.createDirectories(target);
        Files.writeString(target.resolve(EntryRestore.PREFIX + Long.toHexString(file)), "half");
        Files.writeString(target.resolve(EntryRestore.PREFIX + Long.toHexString(link)), "half");
        assertTrue(restore("/").isComplete());
        assertArrayEquals(data, Files.readAllBytes(target.resolve("f")));
        noTemporaryFiles();
    }

    @Test
    void aSymbolicLinkInTheTargetIsNotFollowed() throws IOException {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        long etc = volume.directory(ROOT, "etc", 0755);
        volume.file(etc, "passwd", random(10));
        volume.file(ROOT, "file", random(10));
        Files.createDirectories(target);
        Files.createSymbolicLink(target.resolve("etc"), outside);
        Files.createSymbolicLink(target.resolve("file"), outside.resolve("victim"));
        RestoreReport report = restore("/");
        assertEquals(1, report.problems());
        assertEquals(List.of("/etc: something that is no directory is in the way: Not a directory"), problems);
        assertTrue(isEmpty(outside));
        assertTrue(Files.isRegularFile(target.resolve("file"), LinkOption.NOFOLLOW_LINKS), "the link was replaced");
    }

    @Test
    void aHostileSnapshotStaysInsideTheTarget() throws IOException {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        // One name twice: a symbolic link, sorted before a directory of a name that leads through it.
        volume.symlink(ROOT, "x", outside.toString());
        long dir = volume.directory(ROOT, "y", 0755);
        volume.link(dir, ByteString.utf8("up"), ROOT, FileType.DIRECTORY); // loops: ROOT again
        volume.link(dir, ByteString.utf8("self"), dir, FileType.DIRECTORY);
        volume.file(dir, "ok", random(10));
        RestoreReport report = restore("/");
        assertTrue(Files.exists(target.resolve("y/ok")));
        assertTrue(isEmpty(outside));
        assertEquals(2, report.problems(), problems.toString());
        assertFalse(Files.exists(target.resolve("y/self"), LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void namesThatAreNoNamesAreRefused() {
        for (String name : List.of("", ".", "..", "a/b", "/", "../x", "a\0b", "n".repeat(256))) {
            assertFalse(SnapshotPath.isName(ByteString.utf8(name)), name);
        }
        for (String name : List.of("a", "...", ".a", "\n", "n".repeat(255))) {
            assertTrue(SnapshotPath.isName(ByteString.utf8(name)), name);
        }
    }

    @Test
    void unreadableContentLeavesNothingUnderTheNameAndTheRestIsRestored() throws IOException {
        volume.unreadable(ROOT, "bad");
        byte[] data = random(150_000);
        Content lost = volume.content(data);
        volume.file(ROOT, "lost", 0600, lost, 2, 0, List.of());
        long lostInode = volume.file(ROOT, "m", 0600, lost, 2, 0, List.of());
        volume.link(ROOT, ByteString.utf8("n"), lostInode, FileType.REGULAR);
        volume.file(ROOT, "good", random(10));
        chunks.remove(lost.parts().get(1).id());
        RestoreReport report = restore("/");
        assertFalse(report.isComplete());
        assertEquals(4, report.problems(), problems.toString());
        assertTrue(problems.stream().anyMatch(p -> p.startsWith("/bad: ") && p.contains("could not be read when")));
        assertTrue(problems.stream().anyMatch(p -> p.startsWith("/lost: chunk ")), problems.toString());
        assertTrue(problems.stream().anyMatch(p -> p.startsWith("/n: ")), "every name of a lost file is named");
        try (Stream<Path> left = Files.list(target)) {
            assertEquals(List.of(target.resolve("good")), left.toList());
        }
    }

    @Test
    void aDirectoryInTheWayOfAFileIsAProblemNotALoss() throws IOException {
        volume.file(ROOT, "f", random(10));
        Files.createDirectories(target.resolve("f/keep"));
        RestoreReport report = restore("/");
        assertEquals(1, report.problems());
        assertTrue(Files.exists(target.resolve("f/keep")));
    }

    @Test
    void volumesAreJoinedAtTheirMountPoints() throws IOException {
        volume.file(ROOT, "in-root", random(10));
        long home = volume.directory(ROOT, "home", 0700);
        volume.file(home, "hidden", random(10));
        MemoryVolume second = new MemoryVolume(chunks).owner(Posix.effectiveUser(), Posix.effectiveGroup());
        second.file(ROOT, "user", random(10));
        MemoryVolume third = new MemoryVolume(chunks).owner(Posix.effectiveUser(), Posix.effectiveGroup());
        third.file(ROOT, "data", random(10));
        List<StoredVolume> all = List.of(third.build("/srv/deep"), volume.build("/"), second.build("/home"));
        RestoreReport report = restore(new SnapshotTree(all), List.of("/"));
        assertTrue(report.isComplete(), problems.toString());
        assertTrue(Files.exists(target.resolve("in-root")));
        assertTrue(Files.exists(target.resolve("home/user")));
        assertFalse(Files.exists(target.resolve("home/hidden")), "a mounted volume hides what lies below");
        assertEquals(0755, status("home").mode() & 07777, "the mounted root's");
        assertTrue(Files.exists(target.resolve("srv/deep/data")));
        assertEquals(0755, status("srv").mode() & 07777);
        Path other = directory.resolve("other");
        target = other;
        restore(new SnapshotTree(all), List.of("/srv/deep/data"));
        assertTrue(Files.exists(other.resolve("srv/deep/data")));
    }

    @Test
    void userAttributesAndDefaultAclsOfTheTargetDoNotLeakIn() throws IOException {
        Xattr xattr = new Xattr(ByteString.utf8("user.note"), ByteString.utf8("v"));
        long sub = volume.directory(ROOT, "sub", 0755);
        volume.xattrs(sub, List.of(xattr));
        volume.file(sub, "f", 0640, volume.content(random(10)), 1, 0, List.of(xattr));
        volume.file(ROOT, "g", random(10));
        Files.createDirectories(target);
        // version 2; user::rwx, user:1234:rwx, group::---, mask::rwx, other::---
        byte[] acl = new byte[4 + 5 * 8];
        acl[0] = 2;
        int[][] entries = {{1, 7, -1}, {2, 7, 1234}, {4, 0, -1}, {0x10, 7, -1}, {0x20, 0, -1}};
        java.nio.ByteBuffer b = java.nio.ByteBuffer.wrap(acl)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .position(4);
        for (int[] e : entries) {
            b.putShort((short) e[0]).putShort((short) e[1]).putInt(e[2]);
        }
        try (Descriptor open = Posix.open(target, OpenFlags.RDONLY, 0)) {
            ExtendedAttributes.set(open, new Xattr(ByteString.utf8("system.posix_acl_default"), ByteString.of(acl)));
        }
        restore("/sub", "/g");
        assertEquals(List.of(xattr), ExtendedAttributes.list(target.resolve("sub")));
        assertEquals(List.of(xattr), ExtendedAttributes.list(target.resolve("sub/f")));
        assertEquals(List.of(), ExtendedAttributes.list(target.resolve("g")));
        assertEquals(0640, status("sub/f").mode() & 07777);
        assertEquals(0644, status("g").mode() & 07777);
    }

    @Test
    void manyFilesInManyDirectoriesFinishEveryDirectory() throws IOException {
        int files = 0;
        for (int d = 0; d < 60; d++) {
            long parent = volume.directory(ROOT, "d" + d, 0555);
            for (int i = 0; i < 30; i++) {
                long sub = volume.directory(parent, "s" + i, 0500);
                volume.file(sub, "f", random(random.nextInt(200)));
                files++;
            }
        }
        RestoreReport report = restore("/");
        assertTrue(report.isComplete());
        assertEquals(files * 2L + 61, report.restored());
        for (int d = 0; d < 60; d++) {
            assertEquals(MemoryVolume.TIME, status("d" + d).mtime());
            assertEquals(MemoryVolume.TIME, status("d" + d + "/s7").mtime());
        }
        RestoreReport again = restore("/");
        assertEquals(files, again.skipped());
        assertTrue(again.isComplete());
    }

    private void setTime(String name) throws IOException {
        try (Descriptor top = Posix.open(target, OpenFlags.RDONLY, 0)) {
            Posix.setTimes(top, ByteString.utf8(name), MemoryVolume.TIME);
        }
    }

    private RestoreReport restore(String... paths) throws IOException {
        return restore(new SnapshotTree(List.of(volume.build("/"))), List.of(paths));
    }

    private RestoreReport restore(SnapshotTree tree, List<String> paths) throws IOException {
        List<ByteString> names = paths.stream().map(ByteString::utf8).toList();
        return new FileRestore(tree, 3, new RestoreProgress(problems::add)).restore(names, target);
    }

    private FileStatus status(String path) throws IOException {
        try (Descriptor open = Posix.open(target.resolve(path), OpenFlags.PATH | OpenFlags.NOFOLLOW, 0)) {
            return open.status();
        }
    }

    private void noTemporaryFiles() throws IOException {
        try (Stream<Path> all = Files.walk(target)) {
            assertEquals(
                    List.of(),
                    all.filter(p -> p.getFileName().toString().startsWith(EntryRestore.PREFIX))
                            .toList());
        }
    }

    private static boolean isEmpty(Path path) throws IOException {
        try (Stream<Path> all = Files.list(path)) {
            return all.findAny().isEmpty();
        }
    }

    private byte[] random(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
