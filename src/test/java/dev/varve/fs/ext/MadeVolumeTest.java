package dev.varve.fs.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.device.FileBlockSource;
import dev.varve.fs.InodeScan;
import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInode;
import dev.varve.fs.probe.VolumeProbe;
import dev.varve.model.ByteString;
import dev.varve.model.UnsupportedVolumeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes with features that this kernel may not mount, made by mke2fs from a directory; and inodes outside the tree. */
class MadeVolumeTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-t ext4 -O casefold -E encoding=utf8",
                "-t ext4 -b 65536",
                "-t ext4 -O quota,project",
                "-t ext4 -O verity,stable_inodes",
                "-t ext2 -r 0",
                "-t ext4 -b 1024 -g 256 -O ^resize_inode,meta_bg,^flex_bg",
                "-t ext4 -b 1024 -g 256 -O sparse_super2,^resize_inode,^metadata_csum,uninit_bg,^flex_bg",
                "-t ext3 -b 1024 -I 512 -g 512",
            })
    void aVolumeMadeFromADirectoryHoldsIt(String options) throws Exception {
        Path content = Files.createDirectory(directory.resolve("content"));
        Map<String, String> expected = new TreeMap<>();
        byte[] bytes = new byte[400_000];
        new Random(7).nextBytes(bytes);
        for (int length : new int[] {0, 10, 60, 1024, 5000, 70_000, 400_000}) {
            byte[] part = Arrays.copyOf(bytes, length);
            Path sub = Files.createDirectories(content.resolve("d" + length % 7).resolve("e"));
            Files.write(sub.resolve("f" + length), part);
            expected.put("/d" + length % 7 + "/e/f" + length, hash(part));
        }
        Files.createSymbolicLink(content.resolve("soft"), Path.of("s".repeat(100)));
        expected.put("/soft", "s".repeat(100));
        Path image = directory.resolve("made.img");
        List<String> command = new ArrayList<>(List.of("mke2fs", "-q", "-F", "-d", content.toString()));
        command.addAll(List.of(options.split(" ", -1)));
        command.addAll(List.of(image.toString(), "24M"));
        LoopVolume.run(command);
        try (Volume volume = VolumeProbe.open(FileBlockSource.open(image))) {
            Map<String, String> found = new TreeMap<>();
            collect(volume, "", volume.info().rootInode(), found);
            assertEquals(expected, found);
            InodeScan scan = volume.scan();
            for (VolumeInode inode = scan.next(); inode != null; inode = scan.next()) {
                assertEquals(null, inode.damage(), "inode " + inode.number());
                volume.fingerprint(inode);
                boolean tree = inode.number() == 2
                        || inode.number() > 10 && inode.number() != 12
                        || !options.contains("quota");
                assertTrue(tree || inode.role() != VolumeInode.Role.TREE, "inode " + inode.number());
            }
        }
        KernelComparisonTest.assertAllocationMatchesDumpe2fs(image);
    }

    private static void collect(Volume volume, String path, long number, Map<String, String> found) throws IOException {
        VolumeInode inode = volume.inode(number);
        if (inode.attributes().isDirectory()) {
            Map<String, Long> children = new TreeMap<>();
            volume.entries(inode, (name, child) -> children.put(name.display(), child));
            children.keySet().removeAll(List.of(".", "..", "lost+found"));
            for (Map.Entry<String, Long> child : children.entrySet()) {
                collect(volume, path + "/" + child.getKey(), child.getValue(), found);
            }
        } else if (inode.attributes().isSymlink()) {
            found.put(path, volume.symlinkTarget(inode).display());
        } else {
            MessageDigest digest = sha256();
            Manifest.read(volume, inode, digest);
            found.put(path, HexFormat.of().formatHex(digest.digest()));
        }
    }

    private static String hash(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-t ext4", "-t ext4 -O orphan_file", "-t ext3"})
    @Tag("root")
    void aFileDeletedWhileOpenIsAnOrphan(String options) throws IOException {
        try (LoopVolume loop = LoopVolume.make(directory, "16M", options)) {
            Path mountPoint = loop.mount();
            Path file = mountPoint.resolve("deleted");
            Files.writeString(file, "still open");
            try (FileChannel open = FileChannel.open(file, StandardOpenOption.READ)) {
                Files.delete(file);
                LoopVolume.run(List.of("fsfreeze", "-f", mountPoint.toString()));
                Path frozen;
                try {
                    frozen = loop.copy("frozen.img");
                } finally {
                    LoopVolume.run(List.of("fsfreeze", "-u", mountPoint.toString()));
                }
                assertEquals(10, open.size());
                try (Volume volume = VolumeProbe.open(FileBlockSource.open(frozen))) {
                    assertTrue(volume.info().clean());
                    List<ByteString> orphans = new ArrayList<>();
                    InodeScan scan = volume.scan();
                    for (VolumeInode inode = scan.next(); inode != null; inode = scan.next()) {
                        if (inode.role() == VolumeInode.Role.ORPHAN) {
                            assertEquals(10, inode.attributes().size());
                            orphans.add(volume.fingerprint(inode));
                        }
                    }
                    assertEquals(1, orphans.size());
                }
            }
        }
    }

    @Test
    @Tag("root")
    void fastCommitsThatWouldHaveToBeReplayedAreRefused() throws IOException {
        try (LoopVolume loop = LoopVolume.make(directory, "64M", "-t ext4 -O fast_commit")) {
            Path mountPoint = loop.mount();
            Files.writeString(mountPoint.resolve("one"), "1");
            LoopVolume.run(List.of("sync", "-f", mountPoint.toString()));
            for (int i = 0; i < 5; i++) {
                try (FileChannel file = FileChannel.open(
                        mountPoint.resolve("one"), StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
                    file.write(ByteBuffer.wrap("more".getBytes(StandardCharsets.US_ASCII)));
                    file.force(true);
                }
            }
            Path crashed = loop.copy("crashed.img");
            UnsupportedVolumeException e = assertThrows(
                    UnsupportedVolumeException.class,
                    () -> VolumeProbe.open(FileBlockSource.open(crashed)).close());
            assertTrue(e.getMessage().contains("fast_commit"), e.getMessage());
        }
    }

    @Test
    @Tag("root")
    void aDirectoryOf100000NamesIsListedWhole() throws IOException {
        try (LoopVolume loop = LoopVolume.make(directory, "96M", "-t ext4 -b 4096 -N 110000")) {
            Path mountPoint = loop.mount();
            for (int i = 0; i < 100_000; i++) {
                Files.createFile(mountPoint.resolve("a-name-of-usual-length-" + i));
            }
            loop.unmount();
            try (Volume volume = VolumeProbe.open(FileBlockSource.open(loop.image))) {
                int[] count = {0};
                volume.entries(volume.inode(2), (name, inode) -> count[0]++);
                assertEquals(100_003, count[0]);
            }
        }
    }
}
