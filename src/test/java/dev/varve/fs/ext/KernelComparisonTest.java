package dev.varve.fs.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.device.FileBlockSource;
import dev.varve.fs.Volume;
import dev.varve.fs.VolumeProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
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
            java.util.Arrays.fill(used, true);
            for (String line : LoopVolume.run(List.of("dumpe2fs", image.toString()))
                    .lines()
                    .toList()) {
                if (line.startsWith("  Free blocks: ")) {
                    for (String range : line.substring(15).strip().split(", ")) {
                        if (!range.isEmpty()) {
                            String[] ends = range.split("-");
                            int to = Integer.parseInt(ends[ends.length - 1]);
                            java.util.Arrays.fill(used, Integer.parseInt(ends[0]), to + 1, false);
                        }
                    }
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
