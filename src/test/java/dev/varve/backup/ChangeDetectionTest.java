package dev.varve.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.fs.Volume;
import dev.varve.model.ByteString;
import dev.varve.model.Xattr;
import dev.varve.snapshot.StoredInode;
import dev.varve.testing.MemoryChunks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the kernel does to a mounted volume between two snapshots is found, and nothing else is read. A snapshot is a copy of
 * the volume while it is frozen.
 */
@Tag("root")
class ChangeDetectionTest {
    /** Long after anything in a test was written: the times of the superblock are forged, or each test would have to sleep. */
    private static final long LATER = System.currentTimeMillis() / 1000 + 100_000;

    @TempDir
    Path temp;

    private final MemoryChunks chunks = new MemoryChunks();
    private final Random random = new Random(11);
    private Path image;
    private Path mount;
    private Layer first;

    @BeforeEach
    void takeTheFirstSnapshot() throws Exception {
        Path tree = Files.createDirectories(temp.resolve("tree"));
        for (int i = 0; i < 50; i++) {
            Files.write(tree.resolve("f" + i), bytes(20_000));
        }
        Files.createDirectories(tree.resolve("one"));
        Files.createDirectories(tree.resolve("two"));
        Files.write(tree.resolve("one/moved"), bytes(10_000));
        Files.write(tree.resolve("big"), bytes(2_000_000));
        image = TestVolume.make(temp.resolve("v.img"), tree, 32).image;
        mount = Files.createDirectories(temp.resolve("mnt"));
        TestVolume.run("mount", "-o", "loop", image.toString(), mount.toString());
        first = snapshot(null, LATER);
        assertEquals(52, first.counts().filesRead());
    }

    @AfterEach
    void unmount() throws Exception {
        TestVolume.run("umount", mount.toString());
    }

    @Test
    void nothingChanged() throws Exception {
        Layer second = again(0, 0);
        assertEquals(first.outcome.record().inodes(), second.outcome.record().inodes());
    }

    @Test
    void bytesOverwrittenInPlaceWithTheOldMtimePutBack() throws Exception {
        FileTime mtime = Files.getLastModifiedTime(mount.resolve("f7"));
        try (FileChannel channel = FileChannel.open(mount.resolve("f7"), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes(100)), 5000);
        }
        Files.setLastModifiedTime(mount.resolve("f7"), mtime);
        again(1, 0);
    }

    @Test
    void bytesAppended() throws Exception {
        Files.write(mount.resolve("big"), bytes(5), StandardOpenOption.APPEND);
        Layer second = again(1, 0);
        assertEquals(2_000_005, second.at("big").content().size());
    }

    @Test
    void aFileRenamedIntoAnotherDirectory() throws Exception {
        Files.move(mount.resolve("one/moved"), mount.resolve("two/came"));
        Layer second = again(1, 2);
        assertEquals(first.at("one/moved").content(), second.at("two/came").content());
        assertEquals(0, second.at("one").directory().entryCount());
    }

    @Test
    void anInodeThatWasFreedAndTakenAnew() throws Exception {
        long number = first.at("f9").number();
        FileTime mtime = Files.getLastModifiedTime(mount.resolve("f9"));
        Files.delete(mount.resolve("f9"));
        Files.write(mount.resolve("f9"), bytes(20_000));
        Files.setLastModifiedTime(mount.resolve("f9"), mtime);
        Layer second = again(1, 1);
        assertEquals(number, second.at("f9").number(), "the kernel gives the lowest free number");
    }

    @Test
    void aModeThatChanged() throws Exception {
        TestVolume.run("chmod", "4711", mount.resolve("f3").toString());
        Layer second = again(1, 0);
        assertEquals(04711, second.at("f3").attributes().mode() & 07777);
        assertEquals(first.at("f3").content(), second.at("f3").content());
    }

    @Test
    void anAttributeThatCameAndChanged() throws Exception {
        TestVolume.run(
                "setfattr", "-n", "user.note", "-v", "one", mount.resolve("f4").toString());
        Layer second = again(1, 0);
        assertEquals(
                List.of(new Xattr(ByteString.utf8("user.note"), ByteString.utf8("one"))),
                second.at("f4").xattrs());
        TestVolume.run(
                "setfattr", "-n", "user.note", "-v", "two", mount.resolve("f4").toString());
        Layer third = snapshot(second, LATER + 18);
        assertEquals(ByteString.utf8("two"), third.at("f4").xattrs().get(0).value());
    }

    @Test
    void aHardLinkThatWasMade() throws Exception {
        Files.createLink(mount.resolve("two/link"), mount.resolve("f5"));
        Layer second = again(1, 1);
        StoredInode file = second.at("f5");
        assertEquals(2, file.attributes().nlink());
        assertEquals(file.number(), second.at("two/link").number());
    }

    @Test
    void bytesThatCameThroughMemory() throws Exception {
        writeThroughMemory(mount.resolve("f8"));
        while (Files.readString(Path.of("/proc/self/maps")).contains(mount.toString())) {
            System.gc(); // ends the mapping, which would keep the volume mounted
            Thread.sleep(10);
        }
        again(1, 0);
    }

    private void writeThroughMemory(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096);
            mapped.put(0, bytes(50));
            mapped.force();
        }
    }

    @Test
    void aFileDeletedWhileItIsOpenIsInTheImageAndNotInTheTree() throws Exception {
        try (FileChannel open = FileChannel.open(mount.resolve("f6"), StandardOpenOption.READ)) {
            Files.delete(mount.resolve("f6"));
            Layer second = again(0, 1);
            assertEquals(20_000, open.size());
            assertFalse(second.problems.stream().anyMatch(line -> line.contains("f6")));
        }
    }

    @Test
    void aHolePunchedIntoAFile() throws Exception {
        TestVolume.run(
                "fallocate",
                "--punch-hole",
                "-o",
                "40960",
                "-l",
                "409600",
                mount.resolve("big").toString());
        Layer second = again(1, 0);
        assertTrue(
                second.at("big").content().parts().stream().anyMatch(part -> part.isHole() && part.length() == 409_600)
                        || second.at("big").content().depth() > 0);
    }

    /** A second snapshot, in which so much had to be read; every byte of it is right. */
    private Layer again(int files, int directories) throws Exception {
        Layer second = snapshot(first, LATER + 9);
        assertEquals(files, second.counts().filesRead(), "files read");
        assertEquals(directories, second.counts().directoriesRead(), "directories read");
        return second;
    }

    private Layer snapshot(Layer previous, long writtenAt) throws Exception {
        Path copy = temp.resolve("frozen.img");
        TestVolume.run("fsfreeze", "-f", mount.toString());
        try {
            TestVolume.run("cp", "--sparse=always", image.toString(), copy.toString());
        } finally {
            TestVolume.run("fsfreeze", "-u", mount.toString());
        }
        TestVolume frozen = TestVolume.of(copy);
        UnaryOperator<Volume> forge = volume -> new ForgedVolume(volume).writtenAt(writtenAt);
        Layer layer = Layer.of(chunks, frozen, forge, previous, temp);
        assertEquals(List.of(), layer.problems);
        assertArrayEquals(Layer.expectedImage(frozen), layer.image());
        assertFilesEqual(layer);
        return layer;
    }

    private void assertFilesEqual(Layer layer) throws IOException {
        try (var walk = Files.walk(mount)) {
            for (Path path : walk.filter(Files::isRegularFile).toList()) {
                String name = mount.relativize(path).toString();
                assertArrayEquals(Files.readAllBytes(path), layer.content(name), name);
            }
        }
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
