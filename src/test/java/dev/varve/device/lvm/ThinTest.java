package dev.varve.device.lvm;

import static dev.varve.device.lvm.MadeGroup.EXTENT;
import static dev.varve.device.lvm.MadeGroup.linear;
import static dev.varve.device.lvm.MadeGroup.segment;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.CorruptException;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Thin volumes: mappings of one and more levels, external origins, and damaged metadata. */
class ThinTest {
    private static final int META_EXTENTS = 8;
    private static final int DATA_EXTENTS = 40;
    private static final int VOLUME_EXTENTS = 60;

    private final MadeGroup group = new MadeGroup(1, 60)
            .volume("pool_tmeta", linear(0, META_EXTENTS, "pv0", 0))
            .volume("pool_tdata", linear(0, DATA_EXTENTS, "pv0", META_EXTENTS))
            .volume(
                    "pool",
                    segment(
                            0,
                            DATA_EXTENTS,
                            "type = \"thin-pool\"\nmetadata = \"pool_tmeta\"\npool = \"pool_tdata\"\n"
                                    + "transaction_id = 3\nchunk_size = 128\ndiscards = \"passdown\"\nzero_new_blocks = 1"))
            .volume("old", linear(0, 2, "pv0", 55))
            .volume(
                    "root",
                    segment(
                            0,
                            VOLUME_EXTENTS,
                            "type = \"thin\"\nthin_pool = \"pool\"\ntransaction_id = 0\ndevice_id = 5"))
            .volume(
                    "clone",
                    segment(
                            0,
                            VOLUME_EXTENTS,
                            "type = \"thin\"\nthin_pool = \"pool\"\ntransaction_id = 0\ndevice_id = 6\n"
                                    + "external_origin = \"old\""))
            .volume(
                    "nobody",
                    segment(0, 1, "type = \"thin\"\nthin_pool = \"pool\"\ntransaction_id = 0\ndevice_id = 7"));
    private final NavigableMap<Long, NavigableMap<Long, Long>> devices = new TreeMap<>();

    private MadePool pool(int perNode) {
        Arrays.fill(group.disks.get(0), MadeGroup.DATA_START, MadeGroup.DATA_START + META_EXTENTS * EXTENT, (byte) 0);
        return new MadePool(group.extents(0, 0, META_EXTENTS), perNode);
    }

    @BeforeEach
    void fill() {
        Random random = new Random(9);
        NavigableMap<Long, Long> blocks = new TreeMap<>();
        for (long block = 2; block < 50; block++) {
            if (random.nextInt(3) > 0) {
                blocks.put(block, (long) random.nextInt(DATA_EXTENTS));
            }
        }
        for (long i = 0; i < 6; i++) {
            blocks.put(20 + i, 30 + i);
        }
        blocks.put(VOLUME_EXTENTS - 1L, 0L);
        devices.put(5L, blocks);
        devices.put(6L, new TreeMap<>(Map.of(1L, 4L, 9L, 12L)));
    }

    private byte[] expected(long device, byte[] origin) {
        byte[] expected = Arrays.copyOf(origin, VOLUME_EXTENTS * EXTENT);
        devices.get(device)
                .forEach((block, data) -> System.arraycopy(
                        group.content(0, META_EXTENTS + (int) (long) data, 1),
                        0,
                        expected,
                        (int) (block * EXTENT),
                        EXTENT));
        return expected;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 100})
    void aThinVolumeShowsItsBlocksAndElseZeros(int perNode) throws IOException {
        MadePool pool = pool(perNode);
        pool.write(devices, 3);
        assertTrue(pool.used() > (perNode == 2 ? 30 : 3));
        group.write();
        Reads.assertContent(expected(5, new byte[0]), group.open("root"));
    }

    @Test
    void anExternalOriginShowsWhereNothingIsMapped() throws IOException {
        pool(100).write(devices, 3);
        group.write();
        Reads.assertContent(expected(6, group.content(0, 55, 2)), group.open("clone"));
        assertEquals(4, group.open("clone").deviceMapperIds().size());
    }

    @Test
    void theSameWithTheFlagOfNewerPools() throws IOException {
        pool(100).write(devices, 3);
        group.write();
        group.writeArea(group.disks.get(0), group.text().replace("\"thin-pool\"", "\"thin-pool+CROP_METADATA\""));
        assertArrayEquals(expected(5, new byte[0]), MadeGroup.read(group.open("root")));
        group.writeArea(group.disks.get(0), group.text().replace("\"thin-pool\"", "\"thin-pool+MORE\""));
        Reads.assertFails(RefusedException.class, () -> group.open("root"), "vg0/pool");
    }

    @Test
    void aPoolItselfIsNoVolume() {
        pool(100).write(devices, 3);
        group.write();
        Reads.assertFails(RefusedException.class, () -> group.open("pool"), "thin pool", "vg0/root, vg0/clone");
    }

    @Test
    void aVolumeThatThePoolHasNotIsRefused() {
        pool(100).write(devices, 3);
        group.write();
        Reads.assertFails(RefusedException.class, () -> group.open("nobody"), "vg0/nobody", "no device 7");
    }

    @Test
    void anotherTransactionIsRefusedUnlessItIsUnderWay() throws IOException {
        pool(100).write(devices, 2);
        group.write();
        Reads.assertFails(RefusedException.class, () -> group.open("root"), "vg0/pool", "transaction 2", "of 3");
        String text =
                group.text().replace("zero_new_blocks = 1", "zero_new_blocks = 1\nmessage1 {\ncreate = \"nobody\"\n}");
        group.writeArea(group.disks.get(0), text);
        assertArrayEquals(expected(5, new byte[0]), MadeGroup.read(group.open("root")));
        pool(100).write(devices, 1);
        Reads.assertFails(RefusedException.class, () -> group.open("root"), "transaction 1");
    }

    @Test
    void aMergeUnderWayIsRefused() {
        pool(100).write(devices, 3);
        group.write();
        group.writeArea(group.disks.get(0), group.text().replace("device_id = 6", "device_id = 6\nmerge = \"root\""));
        Reads.assertFails(RefusedException.class, () -> group.open("root"), "vg0/root", "merge");
    }

    @Test
    void superblocksThatMakeNoSenseAreNamed() {
        group.write();
        int[][] fields = {{0, 1}, {8, 1}, {32, 5}, {336, 1}, {336, 0}, {336, 256}, {340, 16}};
        for (int[] field : fields) {
            MadePool pool = pool(100);
            pool.write(devices, 3);
            pool.block(0).putInt(field[0], field[1]);
            if (field[0] != 0) {
                pool.seal(0, 160774);
            }
            Reads.assertFails(CorruptException.class, () -> group.open("root"), "vg0");
        }
        for (int[] field : new int[][] {{40, 3}, {40, 0}, {360, 1}}) {
            MadePool pool = pool(100);
            pool.write(devices, 3);
            pool.block(0).putInt(field[0], field[1]);
            pool.seal(0, 160774);
            Reads.assertFails(RefusedException.class, () -> group.open("root"), "vg0/pool_tmeta", "newer varve");
        }
    }

    @Test
    void nodesThatMakeNoSenseAreCorrupt() {
        group.write();
        int[][] fields = {
            {0, 1}, {4, 3}, {4, 0}, {8, 77}, {16, 300}, {16, -1}, {20, 1}, {20, 500}, {24, 4}, {24, 72}, {24, 16},
            {32, 40}
        };
        for (int[] field : fields) {
            MadePool pool = pool(100);
            long leaf = pool.tree(new TreeMap<>(Map.of(2L, new long[] {0}, 30L, new long[] {0})), 1);
            long mapping = pool.tree(new TreeMap<>(Map.of(5L, new long[] {leaf})), 1);
            long details = pool.tree(new TreeMap<>(Map.of(5L, new long[] {0, 0, 0})), 3);
            pool.writeSuperblock(3, mapping, details);
            pool.block(leaf).putInt(field[0], field[1]);
            if (field[0] != 0) {
                pool.sealNode(leaf);
            }
            Reads.assertFails(CorruptException.class, () -> MadeGroup.read(group.open("root")), "vg0/pool_tmeta");
        }
    }

    @Test
    void blocksOutsideThePoolAreCorrupt() {
        group.write();
        devices.get(5L).put(3L, (long) DATA_EXTENTS);
        pool(100).write(devices, 3);
        Reads.assertFails(CorruptException.class, () -> MadeGroup.read(group.open("root")), "vg0/root", "block 40");
        devices.get(5L).put(3L, (1L << 40) - 1);
        pool(100).write(devices, 3);
        Reads.assertFails(CorruptException.class, () -> MadeGroup.read(group.open("root")), "vg0/root", "past the end");
    }

    @Test
    void loopsAndPointersOutsideAreCorrupt() {
        group.write();
        for (long target : new long[] {1, 0, -1, 1L << 40, META_EXTENTS * EXTENT / 4096}) {
            MadePool pool = pool(100);
            long inner = pool.node(false, List.of(0L), List.of(new long[] {target}), 1);
            long mapping = pool.tree(new TreeMap<>(Map.of(5L, new long[] {inner})), 1);
            long details = pool.tree(new TreeMap<>(Map.of(5L, new long[] {0, 0, 0})), 3);
            pool.writeSuperblock(3, mapping, details);
            String word = target == inner ? "loop" : "outside the device";
            Reads.assertFails(CorruptException.class, () -> MadeGroup.read(group.open("root")), "vg0/pool_tmeta", word);
        }
    }

    /** Metadata has a checksum in every block: whatever is changed in what is used gives a named error. */
    @Test
    void everyChangedBlockIsSeen() throws IOException {
        MadePool pool = pool(5);
        pool.write(devices, 3);
        group.write();
        byte[] expected = expected(5, new byte[0]);
        Random random = new Random(4);
        int seen = 0;
        for (int i = 0; i < 200; i++) {
            int at = random.nextInt(pool.used() * MadePool.BLOCK);
            pool.metadata.put(at, (byte) (pool.metadata.get(at) ^ 1));
            try {
                assertArrayEquals(expected, MadeGroup.read(group.open("root")), "byte " + at);
            } catch (CorruptException e) {
                seen++;
            }
            pool.metadata.put(at, (byte) (pool.metadata.get(at) ^ 1));
        }
        assertTrue(seen > 100, "seen: " + seen);
    }
}
