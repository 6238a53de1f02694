package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.testing.Shell;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Physical volumes that lvm2 wrote, on loop devices, without device-mapper: what the kernel is needed for (snapshots, thin volumes) is
 * added to the description and given back with vgcfgrestore, which checks it. Content is put where lvm2's own reports say it lies. Needs
 * root.
 */
final class RealLvm implements AutoCloseable {
    private static final long EXTENT = 1 << 20;
    private final Path directory;
    private final List<String> loops = new ArrayList<>();
    private final Map<String, Disk> disks = new TreeMap<>();
    private final Map<String, Long> dataStarts = new TreeMap<>();

    /** Where a physical volume lies in its image. */
    private record Disk(Path image, long offset) {}

    RealLvm(Path directory) {
        this.directory = directory;
    }

    /** @param offset of the physical volume in the image, in bytes */
    void disk(Path image, long offset) throws IOException {
        String loop = Shell.sh(directory, "losetup -f --show -o " + offset + " " + image);
        loops.add(loop);
        disks.put(loop, new Disk(image, offset));
    }

    /** The loop devices, in the order in which they were added. */
    List<String> loops() {
        return loops;
    }

    String lvm(String... arguments) throws IOException {
        Path settings = Files.createDirectories(directory.resolve("etc"));
        String filter =
                loops.stream().map(loop -> "\"a|^" + loop + "$|\",").collect(Collectors.joining("", "[", "\"r|.*|\"]"));
        Files.writeString(
                settings.resolve("lvm.conf"),
                "global { locking_dir=\"" + directory.resolve("lock") + "\" use_lvmpolld=0 event_activation=0 }\n"
                        + "activation { monitoring=0 udev_sync=0 udev_rules=0 }\n"
                        + "devices { use_devicesfile=0 scan=[\"/dev\"] hints=\"none\" obtain_device_list_from_udev=0\n"
                        + "external_device_info_source=\"none\" filter=" + filter + " global_filter=" + filter + "}\n"
                        + "backup { backup=0 archive=0 }\n");
        List<String> command = new ArrayList<>(List.of("/usr/sbin/lvm"));
        command.add(arguments[0]);
        command.add("--driverloaded");
        command.add("n");
        command.addAll(List.of(arguments).subList(1, arguments.length));
        Shell.Outcome outcome = Shell.run(
                directory,
                Map.of("LVM_SYSTEM_DIR", settings.toString(), "LVM_SUPPRESS_FD_WARNINGS", "1", "LC_ALL", "C"),
                command);
        assertEquals(0, outcome.code(), String.join(" ", command) + "\n" + outcome.output());
        return outcome.output();
    }

    void create(String volume, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("lvcreate", "-an", "-Zn", "-Wn", "-y", "-n", volume));
        all.addAll(List.of(arguments));
        lvm(all.toArray(String[]::new));
    }

    /**
     * Adds volumes to the description.
     *
     * @param parts volumes that become hidden and get {@code pool_} before their names, which lvcreate reserves
     */
    void add(String volumes, String... parts) throws IOException {
        Path file = directory.resolve("description");
        Files.deleteIfExists(file);
        lvm("vgcfgbackup", "-f", file.toString(), "vg0");
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        for (String part : parts) {
            int start = text.indexOf(part + " {");
            String visible = ", \"VISIBLE\"";
            int status = text.indexOf(visible, start);
            text = text.substring(0, start) + "pool_" + text.substring(start, status)
                    + text.substring(status + visible.length());
        }
        int end = text.lastIndexOf('}', text.lastIndexOf('}') - 1);
        Files.writeString(file, text.substring(0, end) + volumes + text.substring(end));
        lvm("vgcfgrestore", "-y", "--force", "-f", file.toString(), "vg0");
    }

    static String volume(String name, String body) {
        String id = name.replaceAll("[^a-zA-Z0-9]", "x").repeat(32);
        return name + " {\nid = \"" + id.substring(0, 6) + "-" + id.substring(6, 10) + "-" + id.substring(10, 14) + "-"
                + id.substring(14, 18) + "-" + id.substring(18, 22) + "-" + id.substring(22, 26) + "-"
                + id.substring(26, 32)
                + "\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"]\nflags = []\nsegment_count = 1\nsegment1 {\n" + body
                + "\n}\n}\n";
    }

    /** Puts content on a linear or striped volume, from its start, as lvm2 reports its segments. */
    void put(String volume, byte[] content) throws IOException {
        String report = lvm(
                "lvs",
                "-a",
                "--noheadings",
                "--nosuffix",
                "--units",
                "b",
                "--separator",
                ";",
                "--segments",
                "-o",
                "lv_name,seg_start_pe,seg_size_pe,stripe_size,seg_pe_ranges",
                "vg0");
        boolean found = false;
        for (String line : report.lines().map(String::strip).toList()) {
            String[] fields = line.split(";");
            if (fields.length == 5 && fields[0].replaceAll("[\\[\\]]", "").equals(volume)) {
                long stripe = Long.parseLong(fields[3]);
                putSegment(
                        content,
                        Long.parseLong(fields[1]) * EXTENT,
                        Long.parseLong(fields[2]) * EXTENT,
                        stripe == 0 ? Long.MAX_VALUE : stripe,
                        fields[4].split(" "));
                found = true;
            }
        }
        assertEquals(true, found, volume + " is not in " + report);
    }

    private void putSegment(byte[] content, long start, long size, long stripe, String[] ranges) throws IOException {
        long end = Math.min(start + size, content.length);
        for (long at = start; at < end; ) {
            long within = at - start;
            long turn = within / stripe;
            String[] range = ranges[(int) (turn % ranges.length)].split("[:-]");
            long offset = turn / ranges.length * stripe + within % stripe;
            int count = (int) Math.min(end - at, stripe - within % stripe);
            Disk disk = disks.get(range[0]);
            try (RandomAccessFile file = new RandomAccessFile(disk.image().toFile(), "rw")) {
                file.seek(disk.offset() + dataStart(range[0]) + Long.parseLong(range[1]) * EXTENT + offset);
                file.write(content, (int) at, count);
            }
            at += count;
        }
    }

    private long dataStart(String loop) throws IOException {
        if (!dataStarts.containsKey(loop)) {
            String report = lvm("pvs", "--noheadings", "--nosuffix", "--units", "b", "-o", "pe_start", loop);
            dataStarts.put(
                    loop,
                    report.lines()
                            .map(String::strip)
                            .filter(line -> line.matches("[0-9]+"))
                            .mapToLong(Long::parseLong)
                            .findFirst()
                            .orElseThrow());
        }
        return dataStarts.get(loop);
    }

    @Override
    public void close() throws IOException {
        for (String loop : loops) {
            Shell.sh(directory, "losetup -d " + loop);
        }
    }
}
