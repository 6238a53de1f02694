package dev.varve.device.lvm;

import static dev.varve.device.lvm.MadeGroup.linear;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import dev.varve.model.RefusedException;
import dev.varve.testing.MemoryBlockSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Disks whose partitions are physical volumes. */
class PartitionTableTest {
    private static final int SIZE = 4 << 20;

    private static ByteBuffer all(byte[] disk) {
        return MadeGroup.at(disk, 0, disk.length);
    }

    private static void mbrEntry(byte[] disk, int sector, int index, int type, int start, int count) {
        int at = sector * 512 + 446 + index * 16;
        all(disk)
                .put(at + 4, (byte) type)
                .putInt(at + 8, start)
                .putInt(at + 12, count)
                .putShort(sector * 512 + 510, (short) 0xaa55);
    }

    private static int crc(byte[] bytes, int offset, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    private static void gptHeader(byte[] disk, int sectorBytes, int at, int entriesSector) {
        ByteBuffer bytes = all(disk);
        bytes.putLong(at, 0x5452415020494645L)
                .putInt(at + 8, 0x10000)
                .putInt(at + 12, 92)
                .putInt(at + 16, 0);
        bytes.putLong(at + 72, entriesSector).putInt(at + 80, 128).putInt(at + 84, 128);
        bytes.putInt(at + 88, crc(disk, entriesSector * sectorBytes, 128 * 128));
        bytes.putInt(at + 16, crc(disk, at, 92));
    }

    private static byte[] gptDisk(int sectorBytes, int first, int last) {
        byte[] disk = new byte[SIZE];
        mbrEntry(disk, 0, 0, 0xee, 1, -1);
        int entry = 2 * sectorBytes + 2 * 128; // of partition 3
        all(disk).putLong(entry, 0x1234).putLong(entry + 32, first).putLong(entry + 40, last);
        gptHeader(disk, sectorBytes, sectorBytes, 2);
        int backupEntries = SIZE / sectorBytes - 1 - 128 * 128 / sectorBytes;
        System.arraycopy(disk, 2 * sectorBytes, disk, backupEntries * sectorBytes, 128 * 128);
        gptHeader(disk, sectorBytes, SIZE - sectorBytes, backupEntries);
        return disk;
    }

    private static List<PartitionTable.Partition> read(byte[] disk) throws IOException {
        return PartitionTable.read(new MemoryBlockSource("disk", disk));
    }

    @Test
    void gptOfBothSectorSizes() throws IOException {
        assertEquals(List.of(new PartitionTable.Partition(3, 2048 * 512, 1000 * 512)), read(gptDisk(512, 2048, 3047)));
        assertEquals(List.of(new PartitionTable.Partition(3, 256 * 4096, 100 * 4096)), read(gptDisk(4096, 256, 355)));
    }

    @Test
    void theBackupGptIsReadWhereTheFirstIsDamaged() throws IOException {
        for (int at : List.of(512, 520, 512 + 72, 1024 + 300)) {
            byte[] disk = gptDisk(512, 2048, 3047);
            disk[at] ^= 1;
            assertEquals(List.of(new PartitionTable.Partition(3, 2048 * 512, 1000 * 512)), read(disk));
        }
        byte[] both = gptDisk(512, 2048, 3047);
        both[520] ^= 1;
        both[SIZE - 512 + 80] ^= 1;
        Reads.assertFails(CorruptException.class, () -> read(both), "disk", "GPT", "name a partition");
    }

    @Test
    void gptEntriesAreBounded() {
        for (int[] field : new int[][] {{80, -1}, {84, -1}, {84, 1}, {72, -1}, {76, 1 << 30}, {12, 5000}, {12, 0}}) {
            byte[] disk = gptDisk(512, 2048, 3047);
            for (int at : List.of(512, SIZE - 512)) {
                all(disk).putInt(at + field[0], field[1]).putInt(at + 16, 0);
                int length = field[0] == 12 ? Math.min(field[1], 512) : 92;
                all(disk).putInt(at + 16, crc(disk, at, length));
            }
            Reads.assertFails(CorruptException.class, () -> read(disk), "GPT");
        }
    }

    @Test
    void mbrWithLogicalPartitions() throws IOException {
        byte[] disk = new byte[SIZE];
        mbrEntry(disk, 0, 0, 0x83, 64, 100);
        mbrEntry(disk, 0, 1, 0x05, 1000, 5000);
        mbrEntry(disk, 1000, 0, 0x83, 10, 20);
        mbrEntry(disk, 1000, 1, 0x05, 500, 100);
        mbrEntry(disk, 1500, 0, 0x8e, 8, 90);
        assertEquals(
                List.of(
                        new PartitionTable.Partition(1, 64 * 512, 100 * 512),
                        new PartitionTable.Partition(5, 1010 * 512, 20 * 512),
                        new PartitionTable.Partition(6, 1508 * 512, 90 * 512)),
                read(disk));
    }

    @Test
    void aChainWithALoopOrPastTheEndIsBounded() throws IOException {
        byte[] disk = new byte[SIZE];
        mbrEntry(disk, 0, 1, 0x05, 1000, 5000);
        mbrEntry(disk, 1000, 0, 0x83, 10, 20);
        mbrEntry(disk, 1000, 1, 0x05, 0, 100);
        assertEquals(128, read(disk).size());
        mbrEntry(disk, 1000, 1, 0x05, -1, 100);
        mbrEntry(disk, 0, 2, 0x83, -1, -1);
        assertEquals(1, read(disk).size());
        assertEquals(List.of(), read(new byte[100]));
        assertEquals(List.of(), read(new byte[SIZE]));
    }

    @Test
    void theVolumeOnAPartitionIsReadAndThePartitionNamed() throws IOException {
        MadeGroup group =
                new MadeGroup(1, 8).volume("root", linear(0, 3, "pv0", 2)).write();
        byte[] inner = group.disks.get(0);
        byte[] disk = gptDisk(512, 2048, 2048 + inner.length / 512 - 1);
        System.arraycopy(inner, 0, disk, 2048 * 512, inner.length);
        List<BlockSource> whole = List.of(new MemoryBlockSource("disk.img", disk));
        assertArrayEquals(group.content(0, 2, 3), MadeGroup.read(group.open("root", whole)));
        disk[2048 * 512 + 512 + 60] ^= 1;
        Reads.assertFails(CorruptException.class, () -> group.open("root", whole), "disk.img partition 3");
        disk[2048 * 512 + 512] ^= 1;
        Reads.assertFails(RefusedException.class, () -> group.open("root", whole), "disk.img: neither");
    }

    @Test
    void aPartitionThatIsCutOffIsNamed() {
        MadeGroup group =
                new MadeGroup(1, 8).volume("root", linear(0, 8, "pv0", 0)).write();
        byte[] inner = group.disks.get(0);
        byte[] disk = new byte[64 * 512 + inner.length - 1];
        System.arraycopy(inner, 0, disk, 64 * 512, inner.length - 1);
        mbrEntry(disk, 0, 0, 0x8e, 64, inner.length / 512);
        List<BlockSource> whole = List.of(new MemoryBlockSource("disk.img", disk));
        Reads.assertFails(CorruptException.class, () -> group.open("root", whole), "disk.img partition 1", "ends here");
    }
}
