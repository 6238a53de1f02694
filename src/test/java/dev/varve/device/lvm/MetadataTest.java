package dev.varve.device.lvm;

import static dev.varve.device.lvm.MadeGroup.AREA_START;
import static dev.varve.device.lvm.MadeGroup.linear;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import dev.varve.model.VarveException;
import dev.varve.testing.MemoryBlockSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Labels, metadata areas and the text in them: checksums, copies, bounds. */
class MetadataTest {
    private static MadeGroup twoDisks() {
        return new MadeGroup(2, 4).volume("root", linear(0, 2, "pv0", 1));
    }

    private static MadeGroup oneDisk() {
        return new MadeGroup(1, 4).volume("root", linear(0, 2, "pv0", 1));
    }

    @Test
    void aLabelThatLvm2WroteIsRead() throws IOException {
        // pvcreate of lvm2 2.03.16 on a device of 256 MiB.
        byte[] disk = new byte[2048];
        ByteBuffer label = MadeGroup.at(disk, 512, 512);
        label.put("LABELONE".getBytes(StandardCharsets.US_ASCII))
                .putLong(1)
                .putInt(0x0cdab4d7)
                .putInt(32);
        label.put("LVM2 001bs6kXFzwnnyKQ8Wls6E9oCxTqlJSl6eL".getBytes(StandardCharsets.US_ASCII));
        label.putLong(256 << 20).putLong(1 << 20).putLong(0).putLong(0).putLong(0);
        label.putLong(4096).putLong(0xff000).putLong(0).putLong(0).putInt(2).putInt(1);
        assertEquals(
                new PvLabel("bs6kXFzwnnyKQ8Wls6E9oCxTqlJSl6eL", List.of(new PvLabel.Area(4096, 0xff000))),
                PvLabel.read(new MemoryBlockSource("disk", disk)));
    }

    @Test
    void aTextMayGoRoundTheEndOfItsArea() throws IOException {
        MadeGroup group = oneDisk();
        group.textOffset = MadeGroup.AREA_BYTES - 100;
        group.write();
        assertArrayEquals(group.content(0, 1, 2), MadeGroup.read(group.open("root")));
    }

    @Test
    void theNewestCopyCounts() throws IOException {
        for (int newer = 0; newer < 2; newer++) {
            MadeGroup group = twoDisks().write();
            MadeGroup next = new MadeGroup(2, 4).volume("root", linear(0, 1, "pv0", 3));
            next.sequence = group.sequence + 1;
            group.writeArea(group.disks.get(newer), next.text());
            assertArrayEquals(group.content(0, 3, 1), MadeGroup.read(group.open("root")));
        }
    }

    @Test
    void oneDamagedCopyIsSaidAndDoneWithout() throws IOException {
        for (int damaged = 0; damaged < 2; damaged++) {
            for (int place : List.of(AREA_START + 30, AREA_START + 600)) {
                MadeGroup group = twoDisks().write();
                group.disks.get(damaged)[place] ^= 1;
                LogicalVolumeSource volume = group.open("root");
                assertArrayEquals(group.content(0, 1, 2), MadeGroup.read(volume));
                assertEquals(1, volume.warnings().size());
                assertTrue(volume.warnings().get(0).contains("disk" + damaged), volume.warnings()::toString);
            }
        }
        assertEquals(List.of(), twoDisks().write().open("root").warnings());
    }

    @Test
    void aCopyWithAGoodChecksumThatMakesNoSenseIsDamageToo() throws IOException {
        MadeGroup group = twoDisks().write();
        group.writeArea(group.disks.get(1), "vg0 {");
        assertArrayEquals(group.content(0, 1, 2), MadeGroup.read(group.open("root")));
    }

    @Test
    void noSoundCopyIsCorrupt() {
        MadeGroup group = oneDisk().write();
        group.disks.get(0)[AREA_START + 600] ^= 1;
        Reads.assertFails(CorruptException.class, () -> group.open("root"), "disk0 at byte 4608", "wrong checksum");
    }

    @Test
    void aDiskWithoutDescriptionNeedsTheOthers() {
        MadeGroup group = oneDisk().write();
        byte[] disk = group.disks.get(0);
        MadeGroup.at(disk, AREA_START, 512).putInt(60, 1); // raw_locn flags: ignored
        MadeGroup.sealArea(disk);
        Reads.assertFails(NotFoundException.class, () -> group.open("root"), "no volume group", "disk0", "other disks");
        MadeGroup.at(disk, AREA_START, 512).putInt(60, 0).putLong(40, 0);
        MadeGroup.sealArea(disk);
        Reads.assertFails(NotFoundException.class, () -> group.open("root"), "no volume group", "disk0", "other disks");
    }

    @Test
    void anUpdateUnderWayIsNotRead() throws IOException {
        MadeGroup group = oneDisk().write();
        byte[] disk = group.disks.get(0);
        MadeGroup.at(disk, AREA_START, 512).putLong(64, 30000).putLong(72, 500).putInt(80, 1);
        MadeGroup.sealArea(disk);
        assertArrayEquals(group.content(0, 1, 2), MadeGroup.read(group.open("root")));
    }

    @Test
    void headersThatPointOutsideAreCorrupt() {
        long[][] fields = { // offset in the header, value
            {24, 8192},
            {32, 1L << 40},
            {32, -1},
            {32, 100},
            {40, 1L << 40},
            {40, 100},
            {40, -1},
            {48, 1L << 40},
            {48, -1},
            {48, 0}
        };
        for (long[] field : fields) {
            MadeGroup group = oneDisk().write();
            MadeGroup.at(group.disks.get(0), AREA_START, 512).putLong((int) field[0], field[1]);
            MadeGroup.sealArea(group.disks.get(0));
            Reads.assertFails(CorruptException.class, () -> group.open("root"), "disk0", "area");
        }
    }

    @Test
    void labelsThatMakeNoSenseAreCorrupt() {
        MadeGroup group = oneDisk().write();
        byte[] sound = group.disks.get(0).clone();
        byte[] disk = group.disks.get(0);
        disk[512 + 50] ^= 1;
        Reads.assertFails(CorruptException.class, () -> group.open("root"), "disk0", "label", "wrong checksum");
        int[][] fields = {
            {8, 3}, {20, 500}, {20, 8}, {24, 7}, {32, 0}, {32 + 40 + 32 + 7, 0x80}, {32 + 40 + 40 + 7, 0x80}
        };
        for (int[] field : fields) {
            System.arraycopy(sound, 0, disk, 0, sound.length);
            disk[512 + field[0]] = (byte) field[1];
            if (field[0] == 20) {
                MadeGroup.at(disk, 512, 512).putInt(20, field[1]);
            }
            MadeGroup.sealLabel(disk);
            Reads.assertFails(CorruptException.class, () -> group.open("root"), "disk0");
        }
    }

    @Test
    void aLabelMayLieInAnyOfFourSectors() throws IOException {
        MadeGroup group = oneDisk().write();
        byte[] disk = group.disks.get(0);
        for (int sector : List.of(0, 3)) {
            byte[] moved = disk.clone();
            Arrays.fill(moved, 512, 1024, (byte) 0);
            System.arraycopy(disk, 512, moved, sector * 512, 512);
            MadeGroup.at(moved, sector * 512, 512).putLong(8, sector);
            assertArrayEquals(
                    group.content(0, 1, 2),
                    MadeGroup.read(group.open("root", List.of(new MemoryBlockSource("moved", moved)))));
        }
    }

    /** Whatever byte of label, header or text is changed, the outcome is the right volume or a named error. */
    @Test
    void everyChangedByteIsSeen() throws IOException {
        MadeGroup group = oneDisk().write();
        byte[] disk = group.disks.get(0);
        byte[] expected = group.content(0, 1, 2);
        int end = AREA_START + 512 + group.text().length();
        for (int i = 512; i < end; i = i == 1023 ? AREA_START : i + 1) {
            disk[i] ^= 0x10;
            try {
                assertArrayEquals(expected, MadeGroup.read(group.open("root")), "byte " + i);
            } catch (CorruptException | RefusedException e) {
                assertTrue(e.getMessage().contains("disk0"), e.getMessage());
            }
            disk[i] ^= 0x10;
        }
    }

    @Test
    void everyCutIsSeen() throws IOException {
        MadeGroup group = oneDisk().write();
        for (int length = 0; length < MadeGroup.DATA_START; length += 97) {
            List<BlockSource> cut = List.of(new MemoryBlockSource("cut", Arrays.copyOf(group.disks.get(0), length)));
            assertThrows(VarveException.class, () -> group.open("root", cut));
        }
    }

    /** The same with a right checksum: texts are input too. */
    @Test
    void everyChangedCharacterIsParsedOrNamed() {
        String text = oneDisk().text();
        for (int i = 0; i < text.length(); i++) {
            for (char c : new char[] {'{', '}', '"', '[', '9', '\0', '='}) {
                byte[] changed = text.getBytes(StandardCharsets.ISO_8859_1);
                changed[i] = (byte) c;
                parse(changed);
                parse(Arrays.copyOf(changed, i));
            }
        }
    }

    private static void parse(byte[] text) {
        try {
            VolumeGroup group = VolumeGroupParser.parse("x", text);
            assertTrue(group.extentBytes() > 0);
        } catch (CorruptException e) {
            assertEquals(1, e.getMessage().lines().count());
        }
    }

    @Test
    void valuesOfEveryKindAreParsed() throws CorruptException {
        ConfigSection section = ConfigParser.parse(
                "x",
                "a=1 b = -5 # c = 3\nd=\"x \\\"y\\\" \\\\\" e = 'q\\' f=[] g=[1,\"two\",] h { i=0.5 j{k=[ 1 , 2 ]}}\0\0"
                        .getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(1, section.number("a", 0, 9));
        assertEquals(-5, section.number("b", -9, 9));
        assertEquals("x \"y\" \\", section.string("d"));
        assertEquals("q\\", section.string("e"));
        assertEquals(List.of(), section.list("f"));
        assertEquals(List.of(1L, "two"), section.list("g"));
        assertEquals("0.5", section.sectionOrEmpty("h").string("i"));
        assertEquals(
                List.of(1L, 2L), section.sectionOrEmpty("h").sectionOrEmpty("j").list("k"));
        assertTrue(section.hasWord("d", "x \"y\" \\"));
        Reads.assertFails(CorruptException.class, () -> section.number("a", 2, 3), "a is 1, must be 2 to 3");
        Reads.assertFails(CorruptException.class, () -> section.number("c", 2, 3), "has no c");
        Reads.assertFails(CorruptException.class, () -> section.string("a"), "not of the type");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a=",
                "a={",
                "a=[",
                "a=[1",
                "a=[1 2]",
                "a=[,]",
                "a=\"",
                "a=\"\\",
                "a{",
                "}",
                "a=1}",
                "a=1 a=2",
                "=1",
                "a=x",
                "a=99999999999999999999",
                "a=[[1]]",
                "a=[b{}]",
                "a{b=1 b{}}",
                "a=.",
                "a=--1"
            })
    void textsThatAreNoneNameTheLine(String text) {
        Reads.assertFails(
                CorruptException.class,
                () -> ConfigParser.parse("x", ("\n\n" + text).getBytes(StandardCharsets.ISO_8859_1)),
                "line 3");
    }

    @Test
    void depthAndNumberOfValuesAreBounded() {
        byte[] deep = "a{".repeat(1_000_000).getBytes(StandardCharsets.ISO_8859_1);
        Reads.assertFails(CorruptException.class, () -> ConfigParser.parse("x", deep), "nested deeper than 12");
        byte[] many = ("a=[" + "1,".repeat(ConfigParser.MAX_VALUES + 1) + "]").getBytes(StandardCharsets.ISO_8859_1);
        Reads.assertFails(CorruptException.class, () -> ConfigParser.parse("x", many), "more than 1048576 values");
        byte[] name = ("a".repeat(200) + "=1").getBytes(StandardCharsets.ISO_8859_1);
        Reads.assertFails(CorruptException.class, () -> ConfigParser.parse("x", name), "no name");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "contents = \"Text Format Volume Group\"|contents = \"x\"",
                "version = 1|version = 2",
                "extent_size = 128|extent_size = 0",
                "extent_size = 128|extent_size = 9223372036854775807",
                "seqno = 7|seqno = -1",
                "pe_start = 128|pe_start = 9223372036854775807",
                "pe_count = 4|pe_count = 9223372036854775807",
                "GGGGGG-|",
                "segment_count = 1|segment_count = 2",
                "version = 1|version = 1 other { }",
                "logical_volumes {|logical_volumes = 1 x {"
            })
    void descriptionsThatMakeNoSenseAreCorrupt(String change) {
        String text = oneDisk().text();
        int bar = change.indexOf('|');
        String changed = text.replace(change.substring(0, bar), change.substring(bar + 1));
        assertTrue(!changed.equals(text));
        Reads.assertFails(
                CorruptException.class,
                () -> VolumeGroupParser.parse("x", changed.getBytes(StandardCharsets.ISO_8859_1)),
                "x: the volume group's description");
    }

    @Test
    void addressesAreTakenApart() {
        LogicalVolumeAddress address = LogicalVolumeAddress.parse("pv:/dev/disk/by-path/pci-0:1,b.img:vg0/root");
        assertEquals("vg0", address.group());
        assertEquals("root", address.volume());
        assertEquals("[/dev/disk/by-path/pci-0:1, b.img]", address.devices().toString());
        assertEquals("", LogicalVolumeAddress.parse("pv:a.img:vg0").volume());
        assertEquals("", LogicalVolumeAddress.parse("pv:a.img").group());
        assertEquals("", LogicalVolumeAddress.parse("pv:a.img:").group());
        for (String wrong :
                List.of("pv:", "pv::vg0/root", "pv:a,:vg0/root", "pv:a:/root", "pv:a:vg0/ro/ot", "pv:a:vg 0/x", "x")) {
            assertThrows(IllegalArgumentException.class, () -> LogicalVolumeAddress.parse(wrong), wrong);
        }
    }
}
