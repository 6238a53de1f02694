package dev.varve.fs.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.device.BlockSource;
import dev.varve.device.FileBlockSource;
import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInode;
import dev.varve.fs.probe.VolumeProbe;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Copies of mounted volumes, recovered in our overlay, are what the kernel and e2fsck make of them. */
@Tag("root")
class JournalRecoveryTest {
    @TempDir
    Path directory;

    @Test
    void aFrozenVolumeNeedsNoRecovery() throws IOException {
        try (LoopVolume loop = LoopVolume.make(directory, "64M", "-t ext4")) {
            Path mountPoint = loop.mount();
            loop.fill(3);
            LoopVolume.run(List.of("fsfreeze", "-f", mountPoint.toString()));
            Path frozen;
            try {
                frozen = loop.copy("frozen.img");
            } finally {
                LoopVolume.run(List.of("fsfreeze", "-u", mountPoint.toString()));
            }
            loop.unmount();
            try (Volume volume = open(frozen);
                    LoopVolume kernel = LoopVolume.of(directory, frozen)) {
                assertTrue(volume.info().clean());
                kernel.mount("ro");
                KernelComparisonTest.assertSame(kernel.manifest(true), Manifest.of(volume));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-t ext4|defaults",
                "-t ext3|defaults",
                "-t ext4 -b 1024 -J size=1|defaults",
                "-t ext4 -O ^metadata_csum,uninit_bg|journal_checksum",
                "-t ext4 -O ^metadata_csum,^64bit|journal_async_commit,data=writeback",
                "-t ext4|journal_async_commit,data=writeback",
                "-t ext4|data=journal",
                "-t ext3 -b 1024 -J size=4|data=journal",
                "-t ext4 -O ^metadata_csum -b 1024 -J size=4|data=journal,journal_checksum",
                "-t ext4 -O bigalloc,orphan_file|defaults",
            })
    void aCrashCopyIsRecoveredAsTheKernelAndE2fsckDoIt(String options, String mountOptions) throws IOException {
        try (LoopVolume loop = LoopVolume.make(directory, "48M", options)) {
            loop.mount(mountOptions);
            for (int round = 0; round < 3; round++) {
                loop.churn(round, 40);
                Path crashed = loop.copy("crashed" + round + ".img");
                assertRecovered(crashed, "crash copy " + round);
                Files.delete(crashed);
            }
        }
    }

    /** Checks our overlay against e2fsck's replay, block by block, and against a kernel mount, name by name. */
    private void assertRecovered(Path crashed, String what) throws IOException {
        byte[] before = Files.readAllBytes(crashed);
        Path replayed = directory.resolve("replayed.img");
        Files.copy(crashed, replayed);
        LoopVolume.runWithin(List.of("e2fsck", "-y", "-E", "journal_only", replayed.toString()), 0, 1);
        Path written = directory.resolve("overlay.img");
        try (Volume ours = open(crashed);
                Volume e2fsck = open(replayed)) {
            assertFalse(ours.info().clean(), what);
            assertTrue(e2fsck.info().clean(), what);
            assertEquals(List.of(), differingBlocks(ours, e2fsck), what);
            writeOut(ours.device(), written);
            LoopVolume.runWithin(List.of("e2fsck", "-fn", written.toString()), 0);
            try (Volume again = open(written)) {
                assertTrue(again.info().clean(), what);
            }
            Path mounted = directory.resolve("mounted.img");
            Files.copy(crashed, mounted);
            try (LoopVolume kernel = LoopVolume.of(directory, mounted)) {
                kernel.mount();
                KernelComparisonTest.assertSame(kernel.manifest(Manifest.birthTimes(ours)), Manifest.of(ours));
            }
            Files.delete(mounted);
            Files.delete(directory.resolve("mounted.img.mnt"));
        }
        assertTrue(Arrays.equals(before, Files.readAllBytes(crashed)), "the source was written to");
        Files.delete(written);
        Files.delete(replayed);
    }

    private static Volume open(Path image) throws IOException {
        return VolumeProbe.open(FileBlockSource.open(image));
    }

    /** Blocks in which two volumes differ, the superblock and the journal left out. */
    private static List<Long> differingBlocks(Volume a, Volume b) throws IOException {
        int blockSize = a.info().blockSize();
        Set<Long> journal = new HashSet<>();
        VolumeInode inode = a.inode(8);
        a.extents(inode, (logical, physical, count, unwritten) -> {
            for (long i = 0; i < count; i++) {
                journal.add(physical + i);
            }
        });
        List<Long> differing = new ArrayList<>();
        for (long block = 2; block < a.info().blockCount(); block++) {
            if (!journal.contains(block)
                    && !Arrays.equals(
                            read(a.device(), block * blockSize, blockSize),
                            read(b.device(), block * blockSize, blockSize))) {
                differing.add(block);
            }
        }
        return differing;
    }

    private static byte[] read(BlockSource source, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        source.read(offset, ByteBuffer.wrap(bytes));
        return bytes;
    }

    static void writeOut(BlockSource source, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
            for (long at = 0; at < source.sizeBytes(); at += buffer.capacity()) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), source.sizeBytes() - at));
                source.read(at, buffer);
                channel.write(buffer.flip());
            }
        }
    }

    /** Journals written by debugfs: what the kernel at hand does not write. (It sums revokes of version 1 wrongly.) */
    @ParameterizedTest
    @CsvSource({
        "'^metadata_csum,^64bit', jo",
        "'^metadata_csum,64bit', jo",
        "'metadata_csum,^64bit', jo -c -v 2",
        "'metadata_csum,64bit', jo -c -v 2",
        "'metadata_csum,^64bit', jo -c -v 3",
        "'metadata_csum,64bit', jo -c -v 3"
    })
    void craftedJournalsAreReplayedAsE2fsckDoesIt(String features, String open) throws IOException {
        Path image = directory.resolve("crafted.img");
        LoopVolume.run(
                List.of("mke2fs", "-q", "-F", "-t", "ext4", "-b", "1024", "-O", features, image.toString(), "16M"));
        writeJournal(image, open);
        Path replayed = directory.resolve("crafted-replayed.img");
        Files.copy(image, replayed);
        LoopVolume.runWithin(List.of("e2fsck", "-y", "-E", "journal_only", replayed.toString()), 0, 1);
        try (Volume ours = open(image);
                Volume e2fsck = open(replayed)) {
            assertFalse(ours.info().clean());
            assertEquals(List.of(), differingBlocks(ours, e2fsck));
            StringBuilder seen = new StringBuilder();
            for (long block = 9001; block <= 9007; block++) {
                byte[] bytes = read(ours.device(), block * 1024, 1024);
                seen.append(bytes[1023] == 'p' ? bytes[0] == 'p' ? 'p' : 'e' : '.');
            }
            assertEquals(".ppeep.", seen.toString());
        }
    }

    private void writeJournal(Path image, String open) throws IOException {
        byte[] content = new byte[8192];
        Path plain = directory.resolve("plain");
        Arrays.fill(content, (byte) 'p');
        Files.write(plain, content);
        Path escaped = directory.resolve("escaped");
        for (int block = 0; block < content.length; block += 1024) {
            System.arraycopy(new byte[] {(byte) 0xC0, 0x3B, 0x39, (byte) 0x98}, 0, content, block, 4);
        }
        Files.write(escaped, content);
        Path commands = directory.resolve("commands");
        Files.writeString(
                commands,
                String.join(
                        "\n",
                        open,
                        "jw -b 9001,9002,9003 " + plain,
                        "jw -b 9004 " + escaped,
                        "jw -r 9001,9004", // revokes what came before
                        "jw -b 9004,9005 " + escaped,
                        "jw -r 9006", // revokes nothing before it; the later copy counts
                        "jw -b 9006 " + plain,
                        "jw -b 9007 -c " + plain, // never committed
                        "jc",
                        "quit\n"));
        LoopVolume.run(List.of("debugfs", "-w", "-f", commands.toString(), image.toString()));
    }

    @Test
    void aDamagedBlockInTheMiddleOfAChecksummedLogIsReported() throws IOException {
        Path image = directory.resolve("crafted.img");
        LoopVolume.run(List.of("mke2fs", "-q", "-F", "-t", "ext4", "-b", "1024", image.toString(), "16M"));
        writeJournal(image, "jo -c -v 3");
        byte[] whole = Files.readAllBytes(image);
        int data = indexOf(whole, 'p', 1024) + 1024; // the first one is revoked
        whole[data + 100] ^= 1;
        Files.write(image, whole);
        assertTrue(assertThrows(CorruptException.class, () -> open(image).close())
                .getMessage()
                .contains("does not match its checksum"));
    }

    /** The first block that is full of one byte. */
    private static int indexOf(byte[] whole, char content, int blockSize) {
        for (int at = 0; at < whole.length; at += blockSize) {
            int same = 0;
            while (same < blockSize && whole[at + same] == content) {
                same++;
            }
            if (same == blockSize) {
                return at;
            }
        }
        throw new IllegalArgumentException("no such block");
    }
}
