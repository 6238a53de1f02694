package dev.varve.device.lvm;

import dev.varve.bytes.ByteReader;
import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The label of a physical volume, which lies in one of its first four sectors: label_header and pv_header of lvm2's
 * {@code format_text/layout.h}.
 *
 * @param uuid 32 characters, without dashes
 * @param metadataAreas where copies of the volume group's description lie, in bytes from the start of the physical volume
 */
record PvLabel(String uuid, List<Area> metadataAreas) {
    static final int UUID_LENGTH = 32;
    private static final int SECTORS = 4;
    private static final byte[] ID = "LABELONE".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TYPE = "LVM2 001".getBytes(StandardCharsets.US_ASCII);
    private static final int CRC_FROM = 20;
    private static final int HEADER_BYTES = 32;
    private static final int MAX_AREAS = 8;

    /** A stretch of the physical volume, in bytes. */
    record Area(long offset, long size) {}

    /**
     * The label of a device, or null if it has none.
     *
     * @throws CorruptException if it has one that is damaged, and no other
     */
    static PvLabel read(BlockSource source) throws IOException {
        CorruptException damage = null;
        for (int sector = 0; sector < SECTORS; sector++) {
            long offset = (long) sector * Sources.SECTOR_BYTES;
            if (source.sizeBytes() - offset < Sources.SECTOR_BYTES) {
                break;
            }
            byte[] bytes = Sources.readBytes(source, offset, Sources.SECTOR_BYTES);
            if (Arrays.equals(ID, Arrays.copyOf(bytes, ID.length))) {
                try {
                    return parse(source.name(), sector, bytes);
                } catch (CorruptException e) {
                    damage = e;
                }
            }
        }
        if (damage != null) {
            throw damage;
        }
        return null;
    }

    private static PvLabel parse(String name, int sector, byte[] bytes) throws CorruptException {
        long base = (long) sector * Sources.SECTOR_BYTES;
        ByteReader reader = ByteReader.of(name, base, ByteBuffer.wrap(bytes), ByteOrder.LITTLE_ENDIAN);
        reader.skip(ID.length);
        if (reader.u64() != sector) {
            throw reader.corrupt("the label of the physical volume belongs to another sector");
        }
        int crc = reader.i32();
        if (crc != LvmChecksum.of(bytes, CRC_FROM, bytes.length - CRC_FROM)) {
            throw reader.corrupt(
                    "the label of the physical volume has a wrong checksum; read another copy of this disk");
        }
        int contents = reader.u32("offset of the physical volume header", HEADER_BYTES, bytes.length);
        if (!Arrays.equals(TYPE, reader.bytes(TYPE.length))) {
            throw reader.corrupt("the label is not of type LVM2 001, the only one that varve reads");
        }
        reader.seek(contents);
        String uuid = new String(reader.bytes(UUID_LENGTH), StandardCharsets.ISO_8859_1);
        if (!LvmNames.isUuid(uuid)) {
            throw reader.corrupt("the physical volume has no valid UUID");
        }
        reader.skip(Long.BYTES); // its size when it was made; the volume group's description has it too
        areas(reader); // of data: one, whose start the description gives as well
        return new PvLabel(uuid, areas(reader));
    }

    private static List<Area> areas(ByteReader reader) throws CorruptException {
        List<Area> areas = new ArrayList<>();
        while (true) {
            long offset = reader.u64();
            long size = reader.u64();
            if (offset == 0) {
                return List.copyOf(areas);
            }
            if (offset < 0 || size < 0 || areas.size() == MAX_AREAS) {
                throw reader.corrupt("the list of areas of the physical volume makes no sense");
            }
            areas.add(new Area(offset, size));
        }
    }
}
