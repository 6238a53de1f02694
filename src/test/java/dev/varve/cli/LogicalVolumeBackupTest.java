package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.device.lvm.LogicalVolumeAddress;
import dev.varve.device.lvm.LogicalVolumeSource;
import dev.varve.testing.Shell;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backs up logical volumes from images of three disks that lvm2 and thin_restore wrote, one of them with a partition table. */
@Tag("root")
class LogicalVolumeBackupTest {
    private static final int MIB = 1 << 20;
    private static final int THIN_BLOCK = 64 << 10;
    private static final int COW_CHUNK = 4096;
    private static final long PARTITION_START = 4 * MIB;

    @TempDir
    Path directory;

    private final Random random = new Random(11);
    private Map<String, String> environment;
    private RealLvm lvm;
    private String disks;

    @BeforeEach
    void makeGroup() throws IOException {
        lvm = new RealLvm(directory);
        environment = Map.of("VARVE_REPO", directory.resolve("repository").toString(), "VARVE_PASSWORD", "p");
        assertEquals(0, CommandRun.of(environment, "init").code());
        Shell.sh(
                directory,
                "truncate -s 64M a.img b.img && truncate -s 70M c.img"
                        + " && printf 'label: gpt\\n3: start=8192 size=131072 type=lvm\\n' | sfdisk -q c.img");
        disks = directory.resolve("a.img") + "," + directory.resolve("b.img") + "," + directory.resolve("c.img");
        lvm.disk(directory.resolve("a.img"), 0);
        lvm.disk(directory.resolve("b.img"), 0);
        lvm.disk(directory.resolve("c.img"), PARTITION_START);
        List<String> loops = lvm.loops();
        lvm.lvm("pvcreate", "-y", "--metadatasize", "60k", loops.get(0), loops.get(1), loops.get(2));
        lvm.lvm("vgcreate", "-s", "1m", "vg0", loops.get(0), loops.get(1), loops.get(2));
        lvm.create("root", "-l", "12", "vg0", loops.get(0) + ":3-8", loops.get(1) + ":20-25");
        lvm.create("home", "-l", "12", "-i", "3", "-I", "64k", "vg0");
    }

    @AfterEach
    void dropLoops() throws IOException {
        lvm.close();
    }

    private String address(String volume) {
        return "pv:" + disks + ":vg0/" + volume;
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] fileSystem(String name) throws IOException {
        Shell.sh(
                directory,
                "mkdir tree && head -c 3000000 /dev/urandom > tree/" + name + " && mkfs.ext4 -q -F -d tree " + name
                        + ".ext4 12M && mv tree " + name + ".tree");
        return Files.readAllBytes(directory.resolve(name + ".ext4"));
    }

    private CommandRun backUp(String... words) {
        List<String> all = new ArrayList<>(List.of("backup", "--host", "h"));
        all.addAll(List.of(words));
        return CommandRun.of(environment, all.toArray(String[]::new));
    }

    private void assertRaw(byte[] expected, String volume) throws IOException {
        CommandRun run = backUp("--raw", address(volume));
        assertEquals("", run.err());
        assertEquals(0, run.code());
        Path image = directory.resolve(volume + ".back");
        CommandRun back = CommandRun.of(environment, "image", "latest", "--output", image.toString());
        assertEquals(0, back.code(), back.err());
        assertArrayEquals(expected, Files.readAllBytes(image));
    }

    @Test
    void filesOfLinearAndStripedVolumesComeBack() throws IOException {
        lvm.put("root", fileSystem("root"));
        lvm.put("home", fileSystem("home"));
        CommandRun run = backUp(address("root") + "=/", address("home") + "=/home");
        assertEquals("", run.err());
        assertEquals(0, run.code());
        assertTrue(run.out().contains("vg0-root on /: ") && run.out().contains("vg0-home on /home: "), run.out());
        CommandRun restore = CommandRun.of(
                environment,
                "restore",
                "latest:/",
                "--target",
                directory.resolve("target").toString());
        assertEquals(0, restore.code(), restore.err());
        Shell.sh(directory, "cmp target/root root.tree/root && cmp target/home/home home.tree/home");
        CommandRun again = backUp(address("root") + "=/", address("home") + "=/home");
        assertEquals(0, again.code(), again.err());
        assertTrue(again.out().contains("vg0-home on /home: ") && again.out().contains("stored 0 B;"), again.out());
    }

    @Test
    void imagesAreEqualByteForByte() throws IOException {
        byte[] root = bytes(12 * MIB);
        byte[] home = bytes(12 * MIB);
        lvm.put("root", root);
        lvm.put("home", home);
        assertRaw(root, "root");
        assertRaw(home, "home");
    }

    @Test
    void aSnapshotShowsTheOriginAsItWas() throws IOException {
        lvm.create("snap", "-l", "4", "vg0");
        lvm.add(RealLvm.volume(
                "snapshot0",
                "start_extent = 0\nextent_count = 12\ntype = \"snapshot\"\nchunk_size = 8\n"
                        + "origin = \"home\"\ncow_store = \"snap\""));
        byte[] before = bytes(12 * MIB);
        byte[] now = before.clone();
        List<Integer> chunks = new ArrayList<>();
        for (int i = 0; i < now.length / COW_CHUNK; i++) {
            chunks.add(i);
        }
        Collections.shuffle(chunks, random);
        // As the kernel lays a store out: header, then areas of 256 pairs and the chunks they speak of.
        ByteBuffer store = ByteBuffer.allocate(4 * MIB).order(ByteOrder.LITTLE_ENDIAN);
        store.putInt(0x70416e53).putInt(1).putInt(1).putInt(COW_CHUNK / 512);
        for (int i = 0; i < 600; i++) {
            int area = 1 + i / 256 * 257;
            int place = area + 1 + i % 256;
            int chunk = chunks.get(i);
            store.putLong(area * COW_CHUNK + i % 256 * 16, chunk).putLong(area * COW_CHUNK + i % 256 * 16 + 8, place);
            store.put(place * COW_CHUNK, before, chunk * COW_CHUNK, COW_CHUNK);
            System.arraycopy(bytes(COW_CHUNK), 0, now, chunk * COW_CHUNK, COW_CHUNK);
        }
        lvm.put("snap", store.array());
        lvm.put("home", now);
        assertRaw(before, "snap");
        assertRaw(now, "home");
    }

    @Test
    void aThinVolumeShowsWhatThePoolMaps() throws IOException {
        lvm.create("tmeta", "-l", "4", "vg0");
        lvm.create("tdata", "-l", "30", "vg0");
        lvm.add(
                RealLvm.volume(
                                "pool",
                                "start_extent = 0\nextent_count = 30\ntype = \"thin-pool\"\nmetadata = \"pool_tmeta\"\n"
                                        + "pool = \"pool_tdata\"\ntransaction_id = 4\nchunk_size = 128\ndiscards = \"passdown\"\nzero_new_blocks = 1")
                        + RealLvm.volume(
                                "thin",
                                "start_extent = 0\nextent_count = 40\ntype = \"thin\"\nthin_pool = \"pool\"\n"
                                        + "transaction_id = 0\ndevice_id = 1")
                        + RealLvm.volume(
                                "other",
                                "start_extent = 0\nextent_count = 40\ntype = \"thin\"\nthin_pool = \"pool\"\n"
                                        + "transaction_id = 1\ndevice_id = 2\norigin = \"thin\""),
                "tmeta",
                "tdata");
        byte[] data = bytes(30 * MIB);
        lvm.put("pool_tdata", data);
        byte[][] expected = {new byte[40 * MIB], new byte[40 * MIB]};
        StringBuilder xml =
                new StringBuilder("<superblock uuid=\"\" time=\"1\" transaction=\"4\" flags=\"0\" version=\"2\""
                        + " data_block_size=\"128\" nr_data_blocks=\"480\">\n");
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < 480; i++) {
            places.add(i);
        }
        Collections.shuffle(places, random);
        for (int device = 1; device <= 2; device++) {
            int blocks = 300;
            xml.append("<device dev_id=\"")
                    .append(device)
                    .append("\" mapped_blocks=\"")
                    .append(blocks)
                    .append("\" transaction=\"0\" creation_time=\"0\" snap_time=\"0\">\n");
            for (int i = 0; i < blocks; i++) {
                int block = i * 2 + device;
                int place = places.get((i + device * 90) % 480); // some are shared, as after a snapshot
                xml.append("<single_mapping origin_block=\"")
                        .append(block)
                        .append("\" data_block=\"")
                        .append(place)
                        .append("\" time=\"0\"/>\n");
                System.arraycopy(data, place * THIN_BLOCK, expected[device - 1], block * THIN_BLOCK, THIN_BLOCK);
            }
            xml.append("</device>\n");
        }
        Files.writeString(directory.resolve("pool.xml"), xml.append("</superblock>\n"));
        Shell.sh(directory, "truncate -s 4M meta && thin_restore -i pool.xml -o meta && thin_check -q meta");
        lvm.put("pool_tmeta", Files.readAllBytes(directory.resolve("meta")));
        assertRaw(expected[0], "thin");
        assertRaw(expected[1], "other");
        assertLine(backUp(address("pool")), "vg0/pool is a thin pool", "vg0/thin, vg0/other");
    }

    private static void assertLine(CommandRun run, String... words) {
        assertEquals(1, run.code(), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        for (String word : words) {
            assertTrue(run.err().contains(word), run.err());
        }
    }

    /** A small metadata area is written round and round. */
    @Test
    void everyStateOfTheRingIsRead() throws IOException {
        byte[] root = bytes(12 * MIB);
        lvm.put("root", root);
        for (int i = 0; i < 6; i++) {
            List<String> command = new ArrayList<>(List.of("vgchange"));
            for (int j = 0; j < 5; j++) {
                command.add("--addtag");
                command.add("tag" + i + j + "x".repeat(900));
            }
            command.add("vg0");
            lvm.lvm(command.toArray(String[]::new));
            try (LogicalVolumeSource source = LogicalVolumeSource.open(LogicalVolumeAddress.parse(address("root")))) {
                assertEquals(List.of(), source.warnings());
                ByteBuffer start = ByteBuffer.allocate(4096);
                source.read(7 * MIB, start);
                assertArrayEquals(Arrays.copyOfRange(root, 7 * MIB, 7 * MIB + 4096), start.array());
            }
        }
    }

    @Test
    void whatIsWrongIsOneLine() throws IOException {
        lvm.put("root", fileSystem("root"));
        assertLine(backUp(address("rot") + "=/"), "vg0/rot", "vg0/root, vg0/home");
        assertLine(backUp("pv:" + disks + ":vg0"), "names no logical volume", "vg0/root, vg0/home");
        assertLine(backUp("pv:" + disks), "names no logical volume", "vg0/root, vg0/home");
        assertLine(backUp("pv:" + disks + ":vg1/root"), "no volume group vg1", "c.img partition 3");
        assertLine(
                backUp("pv:" + directory.resolve("b.img") + ":vg0/root"), "needs the physical volume", "was /dev/loop");
        assertLine(backUp("pv:" + directory.resolve("none") + ":vg0/root"), "does not exist");
        assertLine(backUp(directory.resolve("a.img").toString()), "pv:DEVICE:VG/LV");
        assertLine(backUp(directory.resolve("c.img").toString()), "pv:DEVICE:VG/LV");
        CommandRun usage = backUp("pv::vg0/root");
        assertEquals(2, usage.code());
        assertTrue(usage.err().contains("pv:DEVICE[,DEVICE]:VG/LV"), usage.err());
        Shell.sh(directory, "printf x | dd of=a.img bs=1 seek=4100 conv=notrunc status=none");
        CommandRun damaged = backUp(address("root") + "=/");
        assertEquals(3, damaged.code(), damaged.err());
        assertTrue(
                damaged.err().contains("a.img at byte ") && damaged.err().contains("another copy was read"),
                damaged.err());
    }
}
