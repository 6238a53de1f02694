package dev.varve.device.lvm;

import dev.varve.bytes.ByteReader;
import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * The partitions of a whole disk: GPT (UEFI specification, 5.3; both copies, sectors of 512 or 4096 bytes) or MBR with its chain
 * of logical partitions, numbered as Linux does. The input is hostile: every count is bounded.
 */
final class PartitionTable {
    private static final long GPT_SIGNATURE = 0x5452415020494645L; // "EFI PART"
    private static final int GPT_HEADER_BYTES = 92;
    private static final int GPT_CRC_AT = 16;
    private static final int MAX_GPT_BYTES = 1 << 20;
    private static final int MAX_GPT_ENTRY_BYTES = 4096;
    private static final int[] SECTOR_BYTES = {512, 4096};
    private static final int MBR_BYTES = 512;
    private static final int MBR_ENTRIES_AT = 446;
    private static final int MBR_ENTRY_BYTES = 16;
    private static final int MBR_SIGNATURE = 0xaa55;
    private static final int MBR_ENTRIES = 4;
    private static final int PROTECTIVE = 0xee;
    private static final int MAX_LOGICAL = 128;

    private final BlockSource disk;
    private final List<Partition> found = new ArrayList<>();

    private PartitionTable(BlockSource disk) {
        this.disk = disk;
    }

    /** A partition, in bytes from the start of the disk. */
    record Partition(int number, long start, long size) {}

    /**
     * The partitions of a disk; none if it has no partition table.
     *
     * @throws CorruptException if it is a GPT of which no copy can be trusted
     */
    static List<Partition> read(BlockSource disk) throws IOException {
        PartitionTable table = new PartitionTable(disk);
        byte[] mbr = disk.sizeBytes() < MBR_BYTES ? new byte[MBR_BYTES] : Sources.readBytes(disk, 0, MBR_BYTES);
        if (table.isMbr(mbr)) {
            if (table.isProtective(mbr)) {
                table.gpt();
            } else {
                table.mbr(mbr);
            }
        }
        return table.found;
    }

    private ByteBuffer sector(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private boolean isMbr(byte[] bytes) {
        return (sector(bytes).getShort(MBR_BYTES - 2) & 0xffff) == MBR_SIGNATURE;
    }

    private boolean isProtective(byte[] bytes) {
        for (int i = 0; i < MBR_ENTRIES; i++) {
            if ((bytes[MBR_ENTRIES_AT + i * MBR_ENTRY_BYTES + 4] & 0xff) == PROTECTIVE) {
                return true;
            }
        }
        return false;
    }

    private record MbrEntry(int type, long start, long sectors) {
        boolean isExtended() {
            return type == 0x05 || type == 0x0f || type == 0x85;
        }
    }

    private MbrEntry entry(byte[] sector, int index) {
        ByteBuffer bytes = sector(sector);
        int at = MBR_ENTRIES_AT + index * MBR_ENTRY_BYTES;
        return new MbrEntry(
                bytes.get(at + 4) & 0xff, bytes.getInt(at + 8) & 0xffffffffL, bytes.getInt(at + 12) & 0xffffffffL);
    }

    private void mbr(byte[] sector) throws IOException {
        for (int i = 0; i < MBR_ENTRIES; i++) {
            MbrEntry entry = entry(sector, i);
            if (entry.isExtended()) {
                logical(entry.start());
            } else if (entry.type() != 0) {
                add(i + 1, entry.start(), entry.sectors(), SECTOR_BYTES[0]);
            }
        }
    }

    /** Each link has one partition and the place of the next link, which counts from the extended partition's start. */
    private void logical(long extendedStart) throws IOException {
        long link = extendedStart;
        for (int number = MBR_ENTRIES + 1; number < MBR_ENTRIES + 1 + MAX_LOGICAL; number++) {
            if ((link + 1) * SECTOR_BYTES[0] > disk.sizeBytes()) {
                return;
            }
            byte[] sector = Sources.readBytes(disk, link * SECTOR_BYTES[0], MBR_BYTES);
            MbrEntry partition = entry(sector, 0);
            MbrEntry next = entry(sector, 1);
            if (!isMbr(sector)) {
                return;
            }
            if (partition.type() != 0) {
                add(number, link + partition.start(), partition.sectors(), SECTOR_BYTES[0]);
            }
            if (next.type() == 0) {
                return;
            }
            link = extendedStart + next.start();
        }
    }

    private void gpt() throws IOException {
        for (int sectorBytes : SECTOR_BYTES) {
            if (gpt(sectorBytes, sectorBytes) || gpt(sectorBytes, disk.sizeBytes() - sectorBytes)) {
                return;
            }
        }
        throw new CorruptException(
                disk.name(),
                SECTOR_BYTES[0],
                "no copy of its GPT partition table can be read; name a partition instead");
    }

    /** @return whether there is a sound copy with its header at {@code offset} */
    private boolean gpt(int sectorBytes, long offset) throws IOException {
        if (offset < sectorBytes || offset > disk.sizeBytes() - sectorBytes) {
            return false;
        }
        byte[] bytes = Sources.readBytes(disk, offset, sectorBytes);
        ByteReader reader = ByteReader.of(disk.name(), offset, ByteBuffer.wrap(bytes), ByteOrder.LITTLE_ENDIAN);
        long signature = reader.u64();
        reader.skip(Integer.BYTES); // revision
        long headerBytes = reader.u32();
        long crc = reader.u32();
        if (signature != GPT_SIGNATURE || headerBytes < GPT_HEADER_BYTES || headerBytes > sectorBytes) {
            return false;
        }
        byte[] header = bytes.clone();
        sector(header).putInt(GPT_CRC_AT, 0);
        if (crc32(header, (int) headerBytes) != crc) {
            return false;
        }
        reader.seek(72);
        long entriesAt = reader.u64();
        long count = reader.u32();
        long entryBytes = reader.u32();
        long entriesCrc = reader.u32();
        boolean bounded = entryBytes >= 128
                && entryBytes <= MAX_GPT_ENTRY_BYTES
                && count * entryBytes <= MAX_GPT_BYTES
                && entriesAt > 0
                && entriesAt < disk.sizeBytes() / sectorBytes
                && count * entryBytes <= disk.sizeBytes() - entriesAt * sectorBytes;
        if (!bounded) {
            return false;
        }
        byte[] entries = Sources.readBytes(disk, entriesAt * sectorBytes, (int) (count * entryBytes));
        if (crc32(entries, entries.length) != entriesCrc) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            ByteBuffer entry = sector(entries);
            int at = (int) (i * entryBytes);
            boolean used = entry.getLong(at) != 0 || entry.getLong(at + 8) != 0;
            long first = entry.getLong(at + 32);
            long last = entry.getLong(at + 40);
            if (used && first > 0 && last >= first && last < Long.MAX_VALUE / sectorBytes) {
                add(i + 1, first, last - first + 1, sectorBytes);
            }
        }
        return true;
    }

    private static long crc32(byte[] bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, length);
        return crc.getValue();
    }

    /** What starts behind the end of the disk is left out. */
    private void add(int number, long start, long sectors, int sectorBytes) {
        if (start < disk.sizeBytes() / sectorBytes && sectors > 0) {
            found.add(new Partition(number, start * sectorBytes, sectors * sectorBytes));
        }
    }
}
