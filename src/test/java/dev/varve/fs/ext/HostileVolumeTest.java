package dev.varve.fs.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.fs.InodeScan;
import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInode;
import dev.varve.fs.probe.VolumeProbe;
import dev.varve.model.CorruptException;
import dev.varve.model.UnsupportedVolumeException;
import dev.varve.model.VarveException;
import dev.varve.testing.MemoryBlockSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged and crafted volumes end in declared exceptions: never in another one, a hang, or memory without bound. */
class HostileVolumeTest {
    private static final int FLIPS = 400;

    @TempDir
    static Path directory;

    /** A small volume without metadata checksums, so that damage gets past them; and one with. */
    private static byte[] unchecked;

    private static byte[] checked;

    @BeforeAll
    static void makeVolumes() throws IOException {
        Path content = Files.createDirectory(directory.resolve("content"));
        Path large = Files.createDirectory(content.resolve("large"));
        for (int i = 0; i < 200; i++) {
            Files.writeString(large.resolve("a-file-with-a-name-" + i), "content " + i);
        }
        Files.write(content.resolve("big"), new byte[300_000]);
        byte[] noise = new byte[200_000];
        new Random(5).nextBytes(noise);
        Files.write(content.resolve("noise"), noise);
        Files.createSymbolicLink(content.resolve("short"), Path.of("target"));
        Files.createSymbolicLink(content.resolve("long"), Path.of("t".repeat(200)));
        unchecked = make(content, "^metadata_csum,^extent,^64bit,inline_data");
        checked = make(content, "metadata_csum,64bit");
    }

    private static byte[] make(Path content, String features) throws IOException {
        Path image = directory.resolve("made.img");
        Files.deleteIfExists(image);
        LoopVolume.run(List.of(
                "mke2fs",
                "-q",
                "-F",
                "-t",
                "ext4",
                "-b",
                "1024",
                "-I",
                "256",
                "-N",
                "512",
                "-O",
                features,
                "-d",
                content.toString(),
                image.toString(),
                "4M"));
        return Files.readAllBytes(image);
    }

    /** Reads everything there is; what is damaged may say so. @return how often something did */
    private static int readEverything(byte[] image) throws Exception {
        try (Volume volume = VolumeProbe.open(new MemoryBlockSource("hostile", image))) {
            InodeScan scan = volume.scan();
            int damaged = 0;
            int[] budget = {200_000};
            while (budget[0]-- > 0) {
                VolumeInode inode = null;
                try {
                    inode = scan.next();
                    if (inode == null) {
                        break;
                    }
                    visit(volume, inode, budget);
                } catch (VarveException e) {
                    damaged++;
                }
            }
            volume.allocatedRuns(0, Long.MAX_VALUE, (first, count) -> budget[0]--);
            assertTrue(budget[0] > 0, "the scan does not end");
            return damaged;
        } catch (VarveException e) {
            return 1;
        }
    }

    private static void visit(Volume volume, VolumeInode inode, int[] budget) throws Exception {
        VarveException[] first = {null};
        List<Reading> readings = List.of(
                () -> volume.fingerprint(inode),
                () -> volume.xattrs(inode),
                () -> {
                    if (inode.attributes().isDirectory()) {
                        volume.entries(inode, (name, child) -> budget[0]--);
                    }
                },
                () -> {
                    if (inode.attributes().isSymlink()) {
                        volume.symlinkTarget(inode);
                    }
                },
                () -> {
                    if (inode.attributes().isRegular() && inode.attributes().size() < 1 << 24) {
                        Manifest.read(volume, inode, MessageDigest.getInstance("SHA-256"));
                    }
                },
                () -> volume.inode(inode.number()));
        for (Reading reading : readings) {
            try {
                reading.run();
            } catch (VarveException e) {
                first[0] = e;
            }
        }
        if (first[0] != null) {
            throw first[0];
        }
    }

    @FunctionalInterface
    private interface Reading {
        void run() throws Exception;
    }

    @Test
    void soundVolumesHaveNoDamage() throws Exception {
        for (byte[] image : List.of(unchecked, checked)) {
            try (Volume volume = VolumeProbe.open(new MemoryBlockSource("sound", image))) {
                InodeScan scan = volume.scan();
                for (VolumeInode inode = scan.next(); inode != null; inode = scan.next()) {
                    visit(volume, inode, new int[1]);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void flippedBytesInTheMetadataEndInDeclaredExceptions(long seed) {
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            Random random = new Random(seed);
            for (int i = 0; i < FLIPS; i++) {
                byte[] original = i % 2 == 0 ? unchecked : checked;
                byte[] image = original.clone();
                for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                    int at;
                    do {
                        at = random.nextInt(image.length);
                    } while (original[at] == 0 && random.nextInt(50) != 0);
                    image[at] ^= (byte) (1 + random.nextInt(255));
                }
                try {
                    readEverything(image);
                } catch (RuntimeException | Error e) {
                    throw new AssertionError("seed " + seed + ", image " + i, e);
                }
            }
        });
    }

    @Test
    void everyByteOfTheSuperblockMayBeWrong() {
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            for (byte[] original : List.of(unchecked, checked)) {
                for (int at = 1024; at < 2048; at++) {
                    for (int value : new int[] {0xff, 0x01}) {
                        byte[] image = original.clone();
                        image[at] ^= (byte) value;
                        readEverything(image);
                    }
                }
            }
        });
    }

    @Test
    void aVolumeCutAnywhereIsRefused() throws Exception {
        for (int length = 0; length < checked.length; length += 1021) {
            byte[] cut = Arrays.copyOf(checked, length);
            assertThrows(
                    VarveException.class,
                    () -> VolumeProbe.open(new MemoryBlockSource("cut", cut)).close());
        }
        byte[] cut = Arrays.copyOf(checked, checked.length - 1024);
        CorruptException e = assertThrows(
                CorruptException.class,
                () -> VolumeProbe.open(new MemoryBlockSource("cut", cut)).close());
        assertEquals("cut: truncated: file system says 4194304 bytes, device has 4193280", e.getMessage());
    }

    @Test
    void withChecksumsNoFlippedBitOfMetadataGoesUnnoticed() throws Exception {
        Random random = new Random(11);
        try (Volume volume = VolumeProbe.open(new MemoryBlockSource("sound", checked))) {
            // Inodes 11 to 30, which are all in use.
            int table = inodeTableOffset();
            for (int i = 0; i < 300; i++) {
                byte[] image = checked.clone();
                image[table + 10 * 256 + random.nextInt(20 * 256)] ^= (byte) (1 << random.nextInt(8));
                assertTrue(readEverything(image) > 0);
            }
            assertEquals("ext4", volume.info().type());
        }
    }

    private static int inodeTableOffset() {
        return (int) Raw.u32(checked, 2048 + 8) * 1024;
    }

    @Test
    void aFeatureThatCannotBeReadIsRefusedByName() {
        assertRefused(0x60, 0x10000, "encrypt");
        assertRefused(0x60, 0x1, "compression");
        assertRefused(0x60, 0x8, "journal_dev");
        assertRefused(0x60, 0x1000, "dirdata");
        assertRefused(0x60, 0x40000000, "incompat_0x40000000");
        assertRefused(0x64, 0x80, "snapshot");
        assertRefused(0x64, 0x800, "replica");
        assertRefused(0x64, 0x40000000, "ro_compat_0x40000000");
    }

    private static void assertRefused(int offset, int bit, String name) {
        byte[] image = unchecked.clone();
        Raw.put32(image, 1024 + offset, Raw.i32(image, 1024 + offset) | bit);
        UnsupportedVolumeException e = assertThrows(
                UnsupportedVolumeException.class,
                () -> VolumeProbe.open(new MemoryBlockSource("vol", image)).close());
        assertTrue(e.getMessage().contains(name), e.getMessage());
        assertTrue(e.getMessage().contains("--raw"), e.getMessage());
    }

    @Test
    void whatIsNoFileSystemIsCalledThat() {
        byte[] image = new byte[100_000];
        UnsupportedVolumeException e = assertThrows(
                UnsupportedVolumeException.class,
                () -> VolumeProbe.open(new MemoryBlockSource("vol", image)).close());
        assertTrue(e.getMessage().startsWith("vol: no file system that varve reads;"), e.getMessage());
        image[0] = 'X';
        image[1] = 'F';
        image[2] = 'S';
        image[3] = 'B';
        e = assertThrows(
                UnsupportedVolumeException.class,
                () -> VolumeProbe.open(new MemoryBlockSource("vol", image)).close());
        assertTrue(e.getMessage().contains("found XFS"), e.getMessage());
    }

    @Test
    void aDamagedBitmapMakesItsGroupFull() throws Exception {
        byte[] image = checked.clone();
        int bitmap = (int) Raw.u32(checked, 2048) * 1024;
        image[bitmap + 200] ^= 1;
        try (Volume volume = VolumeProbe.open(new MemoryBlockSource("vol", image))) {
            StringBuilder runs = new StringBuilder();
            volume.allocatedRuns(
                    0, 4096, (first, count) -> runs.append(first).append('+').append(count));
            assertEquals("0+4096", runs.toString());
        }
    }

    /** Byte of {@code unchecked} where the inode of the file {@code noise} begins. */
    private static int noiseInode() throws IOException {
        try (Volume volume = VolumeProbe.open(new MemoryBlockSource("vol", unchecked))) {
            long[] number = {0};
            volume.entries(volume.inode(2), (name, inode) -> {
                if (name.display().equals("noise")) {
                    number[0] = inode;
                }
            });
            return (int) Raw.u32(unchecked, 2048 + 8) * 1024 + (int) (number[0] - 1) * 256;
        }
    }

    private static void assertLoopIsFound(byte[] image, int inodeAt) throws IOException {
        try (Volume volume = VolumeProbe.open(new MemoryBlockSource("vol", image))) {
            long number = (inodeAt - Raw.u32(unchecked, 2048 + 8) * 1024) / 256 + 1;
            VolumeInode inode = volume.inode(number);
            assertTimeoutPreemptively(
                    Duration.ofSeconds(10),
                    () -> assertThrows(
                            CorruptException.class,
                            () -> volume.extents(inode, (logical, physical, count, unwritten) -> {})));
        }
    }

    @Test
    void indirectBlocksThatPointAtThemselvesEnd() throws IOException {
        byte[] image = unchecked.clone();
        int inode = noiseInode();
        int block = (int) Raw.u32(image, inode + 0x28 + 4 * 12);
        for (int i = 0; i < 256; i++) {
            Raw.put32(image, block * 1024 + 4 * i, block);
        }
        Raw.put32(image, inode + 0x28 + 4 * 14, block); // three levels, all the same block
        Raw.put32(image, inode + 0x1C, -1); // claims as many sectors as it can
        assertLoopIsFound(image, inode);
    }

    @Test
    void extentNodesThatPointAtThemselvesEnd() throws IOException {
        int inode = noiseInode();
        int block = (int) Raw.u32(unchecked, inode + 0x28 + 4 * 12);
        for (int depth = 1; depth <= 6; depth++) {
            byte[] image = unchecked.clone();
            Raw.put32(image, inode + 0x20, Raw.i32(image, inode + 0x20) | RawInode.EXTENTS_FL);
            for (int at : new int[] {inode + 0x28, block * 1024}) {
                Raw.put16(image, at, 0xF30A);
                Raw.put16(image, at + 2, 4);
                Raw.put16(image, at + 4, 4);
                Raw.put16(image, at + 6, depth);
                for (int i = 0; i < 4; i++) {
                    Raw.put32(image, at + 12 + 12 * i, i);
                    Raw.put32(image, at + 16 + 12 * i, block);
                    Raw.put32(image, at + 20 + 12 * i, 0);
                }
            }
            assertLoopIsFound(image, inode);
        }
    }

    @Test
    void indirectBlocksThatLeadToNothingEnd() throws IOException {
        byte[] image = unchecked.clone();
        int inode = noiseInode();
        int block = (int) Raw.u32(image, inode + 0x28 + 4 * 12);
        int empty = (int) Raw.u32(image, inode + 0x28);
        Arrays.fill(image, empty * 1024, empty * 1024 + 1024, (byte) 0);
        for (int i = 0; i < 256; i++) {
            Raw.put32(image, block * 1024 + 4 * i, empty);
        }
        Raw.put32(image, inode + 0x28 + 4 * 12, 0);
        Raw.put32(image, inode + 0x28 + 4 * 13, block);
        Raw.put32(image, inode + 0x1C, -1);
        assertLoopIsFound(image, inode);
    }

    @Test
    void anExtentTreeThatLeadsToNothingEnds() throws IOException {
        byte[] image = unchecked.clone();
        int inode = noiseInode();
        int block = (int) Raw.u32(image, inode + 0x28 + 4 * 12);
        int empty = (int) Raw.u32(image, inode + 0x28);
        Raw.put32(image, inode + 0x20, Raw.i32(image, inode + 0x20) | RawInode.EXTENTS_FL);
        node(image, inode + 0x28, 1, 4, 2, block);
        node(image, block * 1024, 84, 84, 1, empty);
        node(image, empty * 1024, 0, 84, 0, 0);
        assertLoopIsFound(image, inode);
    }

    /** All entries name one child. */
    private static void node(byte[] image, int at, int entries, int max, int depth, int child) {
        Raw.put16(image, at, 0xF30A);
        Raw.put16(image, at + 2, entries);
        Raw.put16(image, at + 4, max);
        Raw.put16(image, at + 6, depth);
        for (int i = 0; i < entries; i++) {
            Raw.put32(image, at + 12 + 12 * i, i);
            Raw.put32(image, at + 16 + 12 * i, child);
            Raw.put32(image, at + 20 + 12 * i, 0);
        }
    }

    @Test
    void aLinkTargetWithAMapOfManyBlocksEnds() throws IOException {
        byte[] image = unchecked.clone();
        int inode = noiseInode();
        Raw.put16(image, inode, 0120777);
        Raw.put32(image, inode + 4, 500);
        byte[] name = new byte[500];
        Arrays.fill(name, (byte) 'x');
        int first = (int) Raw.u32(image, inode + 0x28);
        System.arraycopy(name, 0, image, first * 1024, 500);
        int block = (int) Raw.u32(image, inode + 0x28 + 4 * 12);
        for (int i = 0; i < 184; i++) { // apart from each other, so that each is an extent
            Raw.put32(image, block * 1024 + 4 * i, first + i % 2);
        }
        try (Volume volume = VolumeProbe.open(new MemoryBlockSource("vol", image))) {
            VolumeInode link = volume.inode((inode - Raw.u32(unchecked, 2048 + 8) * 1024) / 256 + 1);
            CorruptException e = assertThrows(CorruptException.class, () -> volume.symlinkTarget(link));
            assertTrue(e.getMessage().contains("many blocks behind its 500 bytes"), e.getMessage());
        }
    }

    @Test
    void anExternalJournalThatMustBeReplayedIsRefused() {
        byte[] image = unchecked.clone();
        Raw.put32(image, 1024 + 0x60, Raw.i32(image, 1024 + 0x60) | Feature.NEEDS_RECOVERY.bit());
        Raw.put32(image, 1024 + 0xE0, 0);
        UnsupportedVolumeException e = assertThrows(
                UnsupportedVolumeException.class,
                () -> VolumeProbe.open(new MemoryBlockSource("vol", image)).close());
        assertTrue(e.getMessage().contains("external journal"), e.getMessage());
    }
}
