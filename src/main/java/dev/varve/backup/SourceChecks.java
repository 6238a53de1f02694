package dev.varve.backup;

import dev.varve.device.lvm.LogicalVolumeAddress;
import dev.varve.model.ByteString;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Refuses sources that would swallow the repository itself or contradict each other, and warns of live ones. Devices are
 * compared by number, down through partitions, device-mapper stacks and loop devices as {@code /sys/dev/block} shows them; a
 * file counts as the loop devices that it backs.
 */
final class SourceChecks {
    private static final int TYPE_MASK = 0170000;
    private static final int BLOCK_DEVICE = 0060000;
    private static final int MAX_DEPTH = 16;
    private static final int LOOP_MAJOR = 7;

    private final Path mountInfo;
    private final Path sysDevBlock;

    SourceChecks() {
        this(Path.of("/proc/self/mountinfo"), Path.of("/sys/dev/block"));
    }

    /** For tests, with other files in place of the kernel's. */
    SourceChecks(Path mountInfo, Path sysDevBlock) {
        this.mountInfo = mountInfo;
        this.sysDevBlock = sysDevBlock;
    }

    /** @throws RefusedException if two sources join the tree at one place */
    static void requireDistinct(List<BackupSource> sources) throws RefusedException {
        Set<ByteString> taken = new HashSet<>();
        for (BackupSource source : sources) {
            if (!taken.add(withoutSlashes(source.mountPoint()))) {
                throw new RefusedException("two sources have the mount point "
                        + source.mountPoint().display() + "; give each its own with SOURCE=MOUNTPOINT");
            }
        }
    }

    /** @throws RefusedException if the source is a file in the repository, or the device on which it lies */
    void requireNotRepository(Path source, Path repository) throws IOException {
        Path real = source.toRealPath();
        Path home = repository.toRealPath();
        if (real.startsWith(home)) {
            throw new RefusedException(source + " lies in the repository " + repository + "; back up something else");
        }
        Set<String> devices;
        if (isBlockDevice(real)) {
            devices = Set.of(numbers(rdev(real)));
        } else {
            devices = loopsOn(real);
        }
        if (!devices.isEmpty() && !Collections.disjoint(devices, beneath(deviceOf(home), 0))) {
            throw new RefusedException(source + " is the disk on which the repository " + repository
                    + " lies; keep the repository on another disk");
        }
    }

    /** A line to show when the source is a device, or a file behind a loop device, that is mounted for writing, or null. */
    String liveWarning(Path source) throws IOException {
        Path real = source.toRealPath();
        Set<String> devices = isBlockDevice(real) ? Set.of(numbers(rdev(real))) : loopsOn(real);
        for (Mount mount : mounts()) {
            if (devices.contains(mount.device()) && mount.writable()) {
                return source + " is mounted read-write at " + mount.point()
                        + ": what changes while it is read may be torn; back up an LVM snapshot of it instead";
            }
        }
        return null;
    }

    /**
     * Refuses a logical volume that is active here: what lies below it is the kernel's, and may change while it is read.
     *
     * @param disk a device that the volume is read from
     * @param ids what the device-mapper UUIDs of the volume and its parts start with
     */
    void requireNotActive(Path disk, LogicalVolumeAddress address, Set<String> ids) throws IOException {
        Path real = disk.toRealPath();
        Set<String> devices = isBlockDevice(real) ? Set.of(numbers(rdev(real))) : loopsOn(real);
        if (devices.isEmpty() || !Files.isDirectory(sysDevBlock)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(sysDevBlock)) {
            for (Path entry : entries) {
                Path uuid = entry.resolve("dm/uuid");
                if (Files.exists(uuid)
                        && ids.stream().anyMatch(read(uuid)::startsWith)
                        && !Collections.disjoint(
                                devices, beneath(entry.getFileName().toString(), 0))) {
                    throw new RefusedException(address + " is active on this machine as /dev/mapper/"
                            + read(entry.resolve("dm/name")) + " and may change while it is read: back up /dev/"
                            + address.group() + "/" + address.volume() + ", or run vgchange -an " + address.group()
                            + " first");
                }
            }
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    }

    private List<Mount> mounts() throws IOException {
        List<Mount> mounts = new ArrayList<>();
        for (String line : Files.readAllLines(mountInfo, StandardCharsets.ISO_8859_1)) {
            Mount mount = Mount.parse(line);
            if (mount != null) {
                mounts.add(mount);
            }
        }
        return mounts;
    }

    /** The device a file lies on. A file system with a made-up number, as btrfs has, is known by what was mounted. */
    private String deviceOf(Path file) throws IOException {
        String device = numbers((Long) Files.getAttribute(file, "unix:dev"));
        if (!device.startsWith("0:")) {
            return device;
        }
        for (Mount mount : mounts()) {
            if (mount.device().equals(device) && mount.source().startsWith("/")) {
                Path source = Path.of(mount.source());
                if (Files.exists(source) && isBlockDevice(source.toRealPath())) {
                    return numbers(rdev(source.toRealPath()));
                }
            }
        }
        return device;
    }

    /** The loop devices that a file backs. */
    private Set<String> loopsOn(Path file) throws IOException {
        Set<String> loops = new HashSet<>();
        if (!Files.isDirectory(sysDevBlock)) {
            return loops;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(sysDevBlock, LOOP_MAJOR + ":*")) {
            for (Path entry : entries) {
                Path backing = backingFile(entry);
                if (backing != null && Files.exists(backing) && Files.isSameFile(backing, file)) {
                    loops.add(entry.getFileName().toString());
                }
            }
        }
        return loops;
    }

    private static Path backingFile(Path entry) throws IOException {
        Path backing = entry.resolve("loop/backing_file");
        return Files.exists(backing)
                ? Path.of(Files.readString(backing, StandardCharsets.ISO_8859_1).strip())
                : null;
    }

    /** The device itself and all that it is made of. */
    private Set<String> beneath(String device, int depth) throws IOException {
        Set<String> found = new HashSet<>(Set.of(device));
        Path entry = sysDevBlock.resolve(device);
        if (depth == MAX_DEPTH || !Files.exists(entry)) {
            return found;
        }
        Path slaves = entry.resolve("slaves");
        if (Files.isDirectory(slaves)) {
            try (DirectoryStream<Path> children = Files.newDirectoryStream(slaves)) {
                for (Path child : children) {
                    found.addAll(beneath(Files.readString(child.resolve("dev")).strip(), depth + 1));
                }
            }
        }
        Path backing = backingFile(entry);
        if (backing != null && Files.exists(backing)) {
            found.addAll(beneath(deviceOf(backing), depth + 1));
        }
        if (Files.exists(entry.resolve("partition"))) {
            Path disk = entry.toRealPath().getParent().resolve("dev");
            found.addAll(beneath(Files.readString(disk).strip(), depth + 1));
        }
        return found;
    }

    private static boolean isBlockDevice(Path path) throws IOException {
        return ((Integer) Files.getAttribute(path, "unix:mode") & TYPE_MASK) == BLOCK_DEVICE;
    }

    private static long rdev(Path device) throws IOException {
        return (Long) Files.getAttribute(device, "unix:rdev", LinkOption.NOFOLLOW_LINKS);
    }

    /** {@code major:minor} of a dev_t as glibc packs it. */
    private static String numbers(long device) {
        long major = device >>> 8 & 0xfff | device >>> 32 & 0xfffff000L;
        long minor = device & 0xff | device >>> 12 & 0xffffff00L;
        return major + ":" + minor;
    }

    private static ByteString withoutSlashes(ByteString path) {
        byte[] bytes = path.toBytes();
        int end = bytes.length;
        while (end > 1 && bytes[end - 1] == '/') {
            end--;
        }
        return ByteString.of(bytes, 0, end);
    }

    /** A line of mountinfo: device, place, and whether the file system itself (not just this mount) takes writes. */
    private record Mount(String device, String point, String source, boolean writable) {
        static Mount parse(String line) {
            String[] halves = line.split(" - ", 2);
            String[] left = halves[0].split(" ", -1);
            String[] right = halves.length == 2 ? halves[1].split(" ") : new String[0];
            if (left.length < 6 || right.length < 3) {
                return null;
            }
            return new Mount(
                    left[2], left[4], right[1], List.of(right[2].split(",", -1)).contains("rw"));
        }
    }
}
