package dev.varve.device.lvm;

import static dev.varve.device.lvm.MadeGroup.EXTENT;
import static dev.varve.device.lvm.MadeGroup.linear;
import static dev.varve.device.lvm.MadeGroup.segment;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import dev.varve.testing.MemoryBlockSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes of linear, striped and zero segments, and what must be refused, with groups made by hand. */
class LogicalVolumeTest {
    private static final String STRIPED =
            "type = \"striped\"\nstripe_count = 2\nstripe_size = 16\n" + "stripes = [\"pv0\", 4, \"pv1\", 1]";

    private static byte[] joined(byte[]... parts) {
        byte[] all = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    @Test
    void aVolumeOfSeveralSegmentsOnTwoDisks() throws IOException {
        MadeGroup group = new MadeGroup(2, 8)
                .volume("root", linear(0, 2, "pv0", 5), linear(2, 1, "pv1", 0), linear(3, 3, "pv0", 0))
                .write();
        byte[] expected = joined(group.content(0, 5, 2), group.content(1, 0, 1), group.content(0, 0, 3));
        Reads.assertContent(expected, group.open("root"));
    }

    @Test
    void stripesTakeTurns() throws IOException {
        MadeGroup group = new MadeGroup(2, 8)
                .volume("data", linear(0, 1, "pv1", 7), segment(1, 4, STRIPED))
                .write();
        byte[][] areas = {group.content(0, 4, 2), group.content(1, 1, 2)};
        byte[] striped = new byte[4 * EXTENT];
        for (int chunk = 0; chunk < striped.length / 8192; chunk++) {
            System.arraycopy(areas[chunk % 2], chunk / 2 * 8192, striped, chunk * 8192, 8192);
        }
        Reads.assertContent(joined(group.content(1, 7, 1), striped), group.open("data"));
    }

    @Test
    void zeroSegmentsAreZeros() throws IOException {
        MadeGroup group = new MadeGroup(1, 2)
                .volume("half", linear(0, 1, "pv0", 1), segment(1, 2, "type = \"zero\""))
                .write();
        Reads.assertContent(joined(group.content(0, 1, 1), new byte[2 * EXTENT]), group.open("half"));
    }

    @Test
    void aVolumeMayLieOnAnother() throws IOException {
        MadeGroup group = new MadeGroup(1, 4)
                .volume("below", linear(0, 3, "pv0", 1))
                .volume("above", linear(0, 2, "below", 1))
                .write();
        Reads.assertContent(group.content(0, 2, 2), group.open("above"));
    }

    @Test
    void aVolumeThatIsAPartOfItselfIsCorrupt() {
        MadeGroup group = new MadeGroup(1, 4)
                .volume("a", linear(0, 1, "b", 0))
                .volume("b", linear(0, 1, "a", 0))
                .write();
        Reads.assertFails(CorruptException.class, () -> group.open("a"), "part of itself");
    }

    @Test
    void anotherVolumeHasToReachThatFar() {
        for (long first : new long[] {2, 4, 1L << 32}) {
            MadeGroup group = new MadeGroup(1, 4)
                    .volume("below", linear(0, 2, "pv0", 1))
                    .volume("above", linear(0, 1, "below", 0).replace("\"below\", 0", "\"below\", " + first))
                    .write();
            Reads.assertFails(CorruptException.class, () -> group.open("above"), "");
        }
    }

    @Test
    void aChainOfVolumesIsBounded() {
        MadeGroup group = new MadeGroup(1, 4);
        for (int i = 0; i < 40; i++) {
            group.volume("v" + i, linear(0, 1, "v" + (i + 1), 0));
        }
        group.volume("v40", linear(0, 1, "pv0", 0)).write();
        Reads.assertFails(CorruptException.class, () -> group.open("v0"), "deeper than 32");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"raid1", "raid5_ls", "mirror", "cache", "vdo", "writecache", "integrity", "error", "striped+NEW"
            })
    void otherKindsAreRefusedByName(String type) {
        MadeGroup group = new MadeGroup(1, 4)
                .volume("root", segment(0, 1, "type = \"" + type + "\"\ndevice_count = 2"))
                .volume("home", linear(0, 1, "pv0", 0))
                .write();
        Reads.assertFails(
                RefusedException.class,
                () -> group.open("root"),
                "vg0/root",
                "type " + type + ",",
                "vgchange -ay vg0",
                "/dev/vg0/root");
        assertEquals(EXTENT, size(group, "home"));
    }

    private static long size(MadeGroup group, String volume) {
        try (LogicalVolumeSource source = group.open(volume)) {
            return source.sizeBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aTypeOfOtherCharactersIsNotShown() {
        MadeGroup group = new MadeGroup(1, 4)
                .volume("root", segment(0, 1, "type = \"\u001b[2Jx\""))
                .write();
        Reads.assertFails(RefusedException.class, () -> group.open("root"), "of no known name");
    }

    @Test
    void aMissingDiskIsNamed() {
        MadeGroup group = new MadeGroup(2, 4)
                .volume("root", linear(0, 1, "pv0", 0), linear(1, 1, "pv1", 0))
                .volume("home", linear(0, 1, "pv0", 1))
                .write();
        List<BlockSource> first = group.sources().subList(0, 1);
        Reads.assertFails(
                RefusedException.class,
                () -> group.open("root", first),
                "vg0/root needs",
                "BBBBBB-BBBB-BBBB-BBBB-BBBB-BBBB-BBBBBB (was /dev/sdc)",
                "not on disk0",
                "pv:DEVICE,DEVICE:vg0/root");
    }

    @Test
    void aVolumeThatDoesNotNeedTheMissingDiskIsRead() throws IOException {
        MadeGroup group = new MadeGroup(2, 4)
                .volume("root", linear(0, 1, "pv1", 0))
                .volume("home", linear(0, 1, "pv0", 1))
                .write();
        Reads.assertContent(
                group.content(0, 1, 1), group.open("home", group.sources().subList(0, 1)));
    }

    @Test
    void aDiskThatWasMissingMayBeOld() {
        MadeGroup group = new MadeGroup(1, 4).volume("root", linear(0, 1, "pv0", 0));
        group.diskStatus = "status = [\"ALLOCATABLE\", \"MISSING\"]";
        group.write();
        Reads.assertFails(RefusedException.class, () -> group.open("root"), "disk0", "restoremissing");
        group.diskStatus = "status = [\"ALLOCATABLE\"]\nflags = [\"MISSING\"]";
        group.write();
        Reads.assertFails(RefusedException.class, () -> group.open("root"), "disk0", "restoremissing");
    }

    @Test
    void aTruncatedDiskIsCorruptOnlyForWhatIsMissing() throws IOException {
        MadeGroup group = new MadeGroup(1, 8)
                .volume("early", linear(0, 2, "pv0", 0))
                .volume("late", linear(0, 2, "pv0", 4))
                .write();
        int length = MadeGroup.DATA_START + 6 * EXTENT - 1;
        byte[] cut = Arrays.copyOf(group.disks.get(0), length);
        List<BlockSource> disk = List.of(new MemoryBlockSource("cut.img", cut));
        assertArrayEquals(group.content(0, 0, 2), MadeGroup.read(group.open("early", disk)));
        Reads.assertFails(
                CorruptException.class,
                () -> group.open("late", disk),
                "cut.img at byte " + length,
                "vg0/late",
                "whole");
    }

    @Test
    void whatIsThereIsListed() {
        MadeGroup group = new MadeGroup(1, 4)
                .volume("root", linear(0, 1, "pv0", 0))
                .volume("home", linear(0, 1, "pv0", 1))
                .write();
        Reads.assertFails(NotFoundException.class, () -> group.open("rot"), "vg0/rot", "vg0/root, vg0/home");
        Reads.assertFails(RefusedException.class, () -> group.open(""), "no logical volume", "vg0/root, vg0/home");
        Reads.assertFails(
                NotFoundException.class, () -> at(group, "vg1", "root"), "vg1", "disk0", "vg0/root, vg0/home");
        Reads.assertFails(RefusedException.class, () -> at(group, "", ""), "vg0/root, vg0/home");
    }

    private static LogicalVolumeSource at(MadeGroup group, String name, String volume) throws IOException {
        return LogicalVolumeSource.open(
                new LogicalVolumeAddress("pv:disk:" + name, List.of(Path.of("disk")), name, volume), group.sources());
    }

    @Test
    void aLongListIsCut() {
        MadeGroup group = new MadeGroup(1, 30);
        for (int i = 0; i < 25; i++) {
            group.volume("v" + i, linear(0, 1, "pv0", i));
        }
        group.write();
        Reads.assertFails(RefusedException.class, () -> group.open(""), "vg0/v19 and 5 more");
    }

    @Test
    void twoGroupsOfOneNameAreRefused() {
        MadeGroup one =
                new MadeGroup(1, 4).volume("root", linear(0, 1, "pv0", 0)).write();
        MadeGroup other = new MadeGroup(1, 4).volume("root", linear(0, 1, "pv0", 0));
        other.id = 'H';
        other.write();
        MadeGroup.writeLabel(other.disks.get(0), MadeGroup.uuid('Z'));
        List<BlockSource> both = List.of(one.sources().get(0), new MemoryBlockSource("x", other.disks.get(0)));
        Reads.assertFails(
                RefusedException.class, () -> one.open("root", both), "two volume groups", "GGGGGG", "HHHHHH");
    }

    @Test
    void oneDiskTwiceIsRefused() {
        MadeGroup group =
                new MadeGroup(1, 4).volume("root", linear(0, 1, "pv0", 0)).write();
        List<BlockSource> twice = List.of(group.sources().get(0), new MemoryBlockSource("copy", group.disks.get(0)));
        Reads.assertFails(
                RefusedException.class, () -> group.open("root", twice), "disk0", "copy", "same physical volume");
    }

    @Test
    void aDeviceWithoutAPhysicalVolumeIsRefused() {
        MadeGroup group = new MadeGroup(1, 4);
        Reads.assertFails(
                RefusedException.class, () -> group.open("root"), "disk0", "neither", "name the device or image");
    }

    @Test
    void theIdsOfAllPartsAreKnown() throws IOException {
        MadeGroup group = new MadeGroup(1, 4)
                .volume("below", linear(0, 3, "pv0", 1))
                .volume("above", linear(0, 2, "below", 1))
                .volume("other", linear(0, 1, "pv0", 0))
                .write();
        assertEquals(2, group.open("above").deviceMapperIds().size());
        assertTrue(
                group.open("other").deviceMapperIds().stream().allMatch(id -> id.startsWith("LVM-" + "G".repeat(32))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "start_extent = 1\nextent_count = 1\ntype = \"zero\"",
                "start_extent = 0\nextent_count = 0\ntype = \"zero\"",
                "start_extent = 0\nextent_count = -1\ntype = \"zero\"",
                "start_extent = 0\nextent_count = 9223372036854775807\ntype = \"zero\"",
                "start_extent = 0\nextent_count = 1",
                "start_extent = 0\nextent_count = 1\ntype = 5",
                "start_extent = 0\nextent_count = 1\ntype = \"striped\"",
                "start_extent = 0\nextent_count = 1\ntype = \"striped\"\nstripe_count = 1\nstripes = [\"pv0\"]",
                "start_extent = 0\nextent_count = 1\ntype = \"striped\"\nstripe_count = 1\nstripes = [0, \"pv0\"]",
                "start_extent = 0\nextent_count = 1\ntype = \"striped\"\nstripe_count = 1\nstripes = [\"pv0\", -1]",
                "start_extent = 0\nextent_count = 1\ntype = \"striped\"\nstripe_count = 1\nstripes = [\"pv0\", 4]",
                "start_extent = 0\nextent_count = 1\ntype = \"striped\"\nstripe_count = 1\nstripes = [\"pv9\", 0]",
                "start_extent = 0\nextent_count = 3\ntype = \"striped\"\nstripe_count = 2\nstripe_size = 16\nstripes = [\"pv0\", 0, \"pv0\", 2]",
                "start_extent = 0\nextent_count = 2\ntype = \"striped\"\nstripe_count = 2\nstripes = [\"pv0\", 0, \"pv0\", 2]",
                "start_extent = 0\nextent_count = 2\ntype = \"striped\"\nstripe_count = 2\nstripe_size = 24\nstripes = [\"pv0\", 0, \"pv0\", 2]",
                "start_extent = 0\nextent_count = 4\ntype = \"striped\"\nstripe_count = 2\nstripe_size = 16\nstripes = [\"pv0\", 0, \"pv0\", 1]",
            })
    void segmentsThatMakeNoSenseAreCorrupt(String segment) {
        MadeGroup group = new MadeGroup(1, 4).volume("root", segment).write();
        Reads.assertFails(CorruptException.class, () -> group.open("root"), "the volume group's description, vg0");
    }

    @Test
    void overlapsAndGapsAreCorrupt() {
        MadeGroup gap = new MadeGroup(1, 8)
                .volume("root", linear(0, 2, "pv0", 0), linear(3, 2, "pv0", 4))
                .write();
        Reads.assertFails(CorruptException.class, () -> gap.open("root"), "overlap or leave a gap");
        MadeGroup overlap = new MadeGroup(1, 8)
                .volume("root", linear(0, 2, "pv0", 0), linear(1, 2, "pv0", 4))
                .write();
        Reads.assertFails(CorruptException.class, () -> overlap.open("root"), "overlap or leave a gap");
        MadeGroup shared = new MadeGroup(1, 8)
                .volume("root", linear(0, 2, "pv0", 0))
                .volume("home", linear(0, 2, "pv0", 1))
                .write();
        Reads.assertFails(CorruptException.class, () -> shared.open("root"), "root and home both have extent 1 of pv0");
    }

    @Test
    void aNameThatLvmDoesNotAllowIsCorrupt() {
        MadeGroup group =
                new MadeGroup(1, 4).volume("ro$ot", linear(0, 1, "pv0", 0)).write();
        Reads.assertFails(CorruptException.class, () -> group.open("x"), "none that LVM allows");
    }
}
