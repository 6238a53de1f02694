package dev.varve.fs.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.device.FileBlockSource;
import dev.varve.fs.Volume;
import dev.varve.fs.probe.VolumeProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes of every kind, filled through the kernel, look the same to our reader and to the kernel. */
@Tag("root")
class KernelComparisonTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-t ext4",
                "-t ext2",
                "-t ext2 -b 4096",
                "-t ext2 -b 2048 -I 128 -O ^filetype,^dir_index",
                "-t ext3",
                "-t ext3 -b 4096 -O ^sparse_super,^resize_inode",
                "-t ext4 -b 1024",
                "-t ext4 -b 2048",
                "-t ext4 -b 4096 -I 128",
                "-t ext4 -b 4096 -I 512",
                "-t ext4 -O ^extent,^64bit",
                "-t ext4 -O ^64bit",
                "-t ext4 -O ^metadata_csum",
                "-t ext4 -O ^metadata_csum,uninit_bg -g 2048",
                "-t ext4 -O uninit_bg,^metadata_csum,^64bit -b 1024",
                "-t ext4 -b 1024 -O meta_bg,^resize_inode",
                "-t ext4 -b 4096 -O bigalloc -C 16384",
                "-t ext4 -b 1024 -O bigalloc",
                "-t ext4 -O inline_data -I 256",
                "-t ext4 -O inline_data -I 1024 -b 4096",
                "-t ext4 -O sparse_super2,^resize_inode -E num_backup_sb=2",
                "-t ext4 -O large_dir",
                "-t ext4 -O ea_inode",
                "-t ext4 -O ea_inode,inline_data,metadata_csum_seed -b 1024",
                "-t ext4 -O metadata_csum_seed",
                "-t ext4 -O orphan_file",
                "-t ext4 -O mmp",
                "-t ext4 -O ^flex_bg -b 1024",
                "-t ext4 -b 4096 -g 1024 -G 4",
                "-t ext4 -O ^has_journal",
                "-t ext4 -E lazy_itable_init=1,lazy_journal_init=1",
                "-t ext4 -O fast_commit"
            })
    void everyNameHasWhatTheKernelSays(String options) throws IOException {
        try (LoopVolume loop = LoopVolume.make(directory, "64M", options)) {
            loop.mount();
            loop.fill(1);
            loop.unmount();
            loop.mount("ro");
            try (Volume volume = VolumeProbe.open(FileBlockSource.open(loop.image))) {
                assertTrue(volume.info().clean());
                assertSame(loop.manifest(Manifest.birthTimes(volume)), Manifest.of(volume));
            }
            loop.unmount();
            assertAllocationMatchesDumpe2fs(loop.image);
        }
    }

    /** Mounted read-only: without quota support a kernel does not write to such a volume. */
    @Test
    void projectIdsAreWhatTheKernelSays() throws IOException {
        Path content = Files.createDirectory(directory.resolve("content"));
        Files.writeString(content.resolve("file"), "of a project");
        try (LoopVolume loop = LoopVolume.make(directory, "16M", "-t ext4 -I 256 -O project,quota -d " + content)) {
            LoopVolume.run(List.of("debugfs", "-w", "-R", "set_inode_field /file projid 4242", loop.image.toString()));
            loop.mount("ro");
            try (Volume volume = VolumeProbe.open(FileBlockSource.open(loop.image))) {
                List<String> ours = Manifest.of(volume);
                assertSame(loop.manifest(true), ours);
                assertTrue(ours.stream().anyMatch(line -> line.contains(",4242 ")), ours.toString());
            }
        }
    }

    static void assertSame(List<String> kernel, List<String> ours) {
        TreeSet<String> onlyKernel = new TreeSet<>(kernel);
        ours.forEach(onlyKernel::remove);
        TreeSet<String> onlyOurs = new TreeSet<>(ours);
        kernel.forEach(onlyOurs::remove);
        assertEquals(String.join("\n", onlyKernel), String.join("\n", onlyOurs));
        assertEquals(kernel.size(), ours.size());
    }

    static void assertAllocationMatchesDumpe2fs(Path image) throws IOException {
        List<String> expected = new ArrayList<>();
        try (Volume volume = VolumeProbe.open(FileBlockSource.open(image))) {
            boolean[] used = new boolean[(int) volume.info().blockCount()];
            Arrays.fill(used, true);
            String report = LoopVolume.run(List.of("dumpe2fs", image.toString()));
            Matcher size = Pattern.compile("(?m)^Cluster size:\\s+(\\d+)$").matcher(report);
            int cluster = size.find()
                    ? Integer.parseInt(size.group(1)) / volume.info().blockSize()
                    : 1;
            Matcher line = Pattern.compile("(?m)^  Free blocks: (.*)$").matcher(report);
            while (line.find()) {
                Matcher range = Pattern.compile("(\\d+)(?:-(\\d+))?").matcher(line.group(1));
                while (range.find()) {
                    int last = Integer.parseInt(range.group(2) == null ? range.group(1) : range.group(2));
                    Arrays.fill(used, Integer.parseInt(range.group(1)), last + cluster, false);
                }
            }
            for (int i = 0; i < used.length; i++) {
                if (used[i] && (i == 0 || !used[i - 1])) {
                    int end = i;
                    while (end < used.length && used[end]) {
                        end++;
                    }
                    expected.add(i + "+" + (end - i));
                }
            }
            List<String> runs = new ArrayList<>();
            volume.allocatedRuns(0, volume.info().blockCount(), (first, count) -> runs.add(first + "+" + count));
            assertEquals(expected, runs);
            assertTrue(Files.size(image)
                    >= volume.info().blockCount() * volume.info().blockSize());
        }
    }
}
