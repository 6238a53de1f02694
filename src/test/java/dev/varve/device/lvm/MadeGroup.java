package dev.varve.device.lvm;

import dev.varve.device.BlockSource;
import dev.varve.testing.MemoryBlockSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A volume group in memory, written as lvm2 writes one: physical volumes with label, one metadata area and random content. */
final class MadeGroup {
    static final int EXTENT = 64 << 10;
    static final int AREA_START = 4096;
    static final int AREA_BYTES = 60 << 10;
    static final int DATA_START = 64 << 10;
    private static final int SECTOR = 512;

    final List<byte[]> disks = new ArrayList<>();
    final StringBuilder volumes = new StringBuilder();
    /** Something for the description of each physical volume, such as its status. */
    String diskStatus = "status = [\"ALLOCATABLE\"]";

    String name = "vg0";
    char id = 'G';
    int sequence = 7;
    /** Where the text starts in its area; beyond the end it goes round. */
    int textOffset = 512;

    MadeGroup(int disks, int extents) {
        for (int i = 0; i < disks; i++) {
            byte[] bytes = new byte[DATA_START + extents * EXTENT];
            new Random(17 + i).nextBytes(bytes);
            Arrays.fill(bytes, 0, DATA_START, (byte) 0);
            this.disks.add(bytes);
        }
    }

    static String uuid(char letter) {
        return String.valueOf(letter).repeat(32);
    }

    static String diskUuid(int disk) {
        return uuid((char) ('A' + disk));
    }

    /** @param segments each a body without its braces */
    MadeGroup volume(String volume, String... segments) {
        volumes.append(volume).append(" {\n id = \"").append(LvmNames.dashed(volumeUuid(volume)));
        volumes.append("\"\n status = [\"READ\", \"WRITE\", \"VISIBLE\"]\n segment_count = ")
                .append(segments.length);
        for (int i = 0; i < segments.length; i++) {
            volumes.append("\n segment")
                    .append(i + 1)
                    .append(" {\n")
                    .append(segments[i])
                    .append("\n }");
        }
        volumes.append("\n}\n");
        return this;
    }

    private static String volumeUuid(String volume) {
        return volume.replaceAll("[^a-z0-9]", "Z").repeat(32).substring(0, 32);
    }

    static String segment(int start, int extents, String rest) {
        return "start_extent = " + start + "\nextent_count = " + extents + "\n" + rest;
    }

    static String linear(int start, int extents, String on, int first) {
        return segment(
                start,
                extents,
                "type = \"striped\"\nstripe_count = 1 # linear\nstripes = [\n \"" + on + "\", " + first + "\n]");
    }

    String text() {
        StringBuilder text = new StringBuilder(
                        "# made by a test\ncontents = \"Text Format Volume Group\"\nversion = 1\n")
                .append("description = \"a \\\"test\\\" \\\\ of it\"\ncreation_time = 1714500000\n\n")
                .append(name)
                .append(" {\nid = \"")
                .append(LvmNames.dashed(uuid(id)))
                .append("\"\nseqno = ")
                .append(sequence)
                .append(
                        "\nformat = \"lvm2\"\nstatus = [\"RESIZEABLE\", \"READ\", \"WRITE\"]\nflags = []\nextent_size = ")
                .append(EXTENT / SECTOR)
                .append("\nphysical_volumes {\n");
        for (int i = 0; i < disks.size(); i++) {
            text.append("pv")
                    .append(i)
                    .append(" {\nid = \"")
                    .append(LvmNames.dashed(diskUuid(i)))
                    .append("\"\ndevice = \"/dev/sd")
                    .append((char) ('b' + i))
                    .append("\"\n")
                    .append(diskStatus)
                    .append("\npe_start = ")
                    .append(DATA_START / SECTOR)
                    .append("\npe_count = ")
                    .append((disks.get(i).length - DATA_START) / EXTENT)
                    .append("\n}\n");
        }
        return text.append("}\nlogical_volumes {\n")
                .append(volumes)
                .append("}\n}\n")
                .toString();
    }

    /** Writes labels and metadata areas. */
    MadeGroup write() {
        for (int i = 0; i < disks.size(); i++) {
            writeLabel(disks.get(i), diskUuid(i));
            writeArea(disks.get(i), text());
        }
        return this;
    }

    static void writeLabel(byte[] disk, String uuid) {
        ByteBuffer label = at(disk, SECTOR, SECTOR);
        label.put("LABELONE".getBytes(StandardCharsets.US_ASCII))
                .putLong(1)
                .putInt(0)
                .putInt(32);
        label.put("LVM2 001".getBytes(StandardCharsets.US_ASCII)).put(uuid.getBytes(StandardCharsets.US_ASCII));
        label.putLong(disk.length).putLong(DATA_START).putLong(0).putLong(0).putLong(0);
        label.putLong(AREA_START).putLong(AREA_BYTES).putLong(0).putLong(0);
        sealLabel(disk);
    }

    static void sealLabel(byte[] disk) {
        at(disk, SECTOR, SECTOR).putInt(16, LvmChecksum.of(disk, SECTOR + 20, SECTOR - 20));
    }

    void writeArea(byte[] disk, String description) {
        byte[] text = (description + "\0").getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < text.length; i++) {
            int place = textOffset + i;
            disk[AREA_START + (place < AREA_BYTES ? place : place - AREA_BYTES + 512)] = text[i];
        }
        ByteBuffer header = at(disk, AREA_START, 512);
        header.putInt(0)
                .put(" LVM2 x[5A%r0N*>".getBytes(StandardCharsets.US_ASCII))
                .putInt(1);
        header.putLong(AREA_START).putLong(AREA_BYTES);
        header.putLong(textOffset)
                .putLong(text.length)
                .putInt(LvmChecksum.of(text, 0, text.length))
                .putInt(0);
        sealArea(disk);
    }

    static void sealArea(byte[] disk) {
        at(disk, AREA_START, 512).putInt(0, LvmChecksum.of(disk, AREA_START + 4, 508));
    }

    static ByteBuffer at(byte[] bytes, int offset, int length) {
        return ByteBuffer.wrap(bytes, offset, length).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A stretch of a physical volume, from its first extent on. */
    ByteBuffer extents(int disk, int first, int count) {
        return at(disks.get(disk), DATA_START + first * EXTENT, count * EXTENT);
    }

    byte[] content(int disk, int first, int count) {
        byte[] bytes = new byte[count * EXTENT];
        extents(disk, first, count).get(bytes);
        return bytes;
    }

    List<BlockSource> sources() {
        List<BlockSource> sources = new ArrayList<>();
        for (int i = 0; i < disks.size(); i++) {
            sources.add(new MemoryBlockSource("disk" + i, disks.get(i)));
        }
        return sources;
    }

    LogicalVolumeSource open(String volume) throws IOException {
        return open(volume, sources());
    }

    LogicalVolumeSource open(String volume, List<BlockSource> sources) throws IOException {
        return LogicalVolumeSource.open(
                new LogicalVolumeAddress("pv:disk:" + name + "/" + volume, List.of(Path.of("disk")), name, volume),
                sources);
    }

    static byte[] read(BlockSource source) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(source.sizeBytes())];
        source.read(0, ByteBuffer.wrap(bytes));
        return bytes;
    }
}
