package dev.varve.restore;

import dev.varve.model.RefusedException;
import dev.varve.posix.FileStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the kernel uses a block device: mounted, swap, below another device, or any of its partitions so. */
final class DeviceUse {
    private final Path proc;
    private final Path sys;

    /** @param proc {@code /proc} @param sys {@code /sys} */
    DeviceUse(Path proc, Path sys) {
        this.proc = proc;
        this.sys = sys;
    }

    /** @throws RefusedException saying what uses it */
    void requireUnused(String device, long rdev) throws IOException {
        String number = FileStatus.major(rdev) + ":" + FileStatus.minor(rdev);
        requireNotMounted(device, number);
        Path block = sys.resolve("dev/block").resolve(number);
        requireNoHolder(device, block);
        if (Files.isDirectory(block)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(block)) {
                for (Path partition : entries) {
                    if (Files.exists(partition.resolve("partition"))) {
                        String part = Files.readString(partition.resolve("dev")).trim();
                        requireNotMounted("partition " + partition.getFileName() + " of " + device, part);
                        requireNoHolder("partition " + partition.getFileName() + " of " + device, partition);
                    }
                }
            }
        }
        requireNotSwap(device, rdev);
    }

    private void requireNotMounted(String device, String number) throws IOException {
        // Fields: id, parent, major:minor, root, mount point, …; mount points may be any bytes.
        for (String line : Files.readAllLines(proc.resolve("self/mountinfo"), StandardCharsets.ISO_8859_1)) {
            String[] fields = line.split(" ", 6);
            if (fields.length > 4 && fields[2].equals(number)) {
                throw new RefusedException(device + " is mounted on " + fields[4] + "; unmount it first");
            }
        }
    }

    private static void requireNoHolder(String device, Path block) throws IOException {
        Path holders = block.resolve("holders");
        if (Files.isDirectory(holders)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(holders)) {
                for (Path holder : entries) {
                    throw new RefusedException(
                            device + " is in use by " + holder.getFileName() + "; detach that first");
                }
            }
        }
    }

    private void requireNotSwap(String device, long rdev) throws IOException {
        Path swaps = proc.resolve("swaps");
        if (!Files.exists(swaps)) {
            return;
        }
        for (String line : Files.readAllLines(swaps, StandardCharsets.ISO_8859_1)) {
            Path swap = Path.of(line.split("\\s", 2)[0]);
            if (swap.isAbsolute()
                    && Files.exists(swap)
                    && Files.getAttribute(swap, "unix:rdev") instanceof Long other
                    && other == rdev) {
                throw new RefusedException(device + " is swap space in use; run swapoff first");
            }
        }
    }
}
