package dev.varve.device.lvm;

import static dev.varve.device.lvm.MadeGroup.EXTENT;
import static dev.varve.device.lvm.MadeGroup.linear;
import static dev.varve.device.lvm.MadeGroup.segment;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.model.CorruptException;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Classic snapshots: stores as the kernel writes them, with several areas, and damaged ones. */
class SnapshotTest {
    private static final int CHUNK = 512; // the smallest: an area has 32 pairs, so a few chunks fill several
    private static final int PAIRS = CHUNK / 16;
    private static final int ORIGIN_EXTENTS = 3;

    private final MadeGroup group = new MadeGroup(1, 8)
            .volume("root", linear(0, ORIGIN_EXTENTS, "pv0", 0))
            .volume("snap", linear(0, 2, "pv0", 4))
            .volume(
                    "snapshot0",
                    segment(
                            0,
                            ORIGIN_EXTENTS,
                            "type = \"snapshot\"\nchunk_size = 1\norigin = \"root\"\n" + "cow_store = \"snap\""));

    private ByteBuffer store() {
        return group.extents(0, 4, 2);
    }

    private void writeHeader(int magic, int valid, int version, int chunkSectors) {
        store().putInt(magic).putInt(valid).putInt(version).putInt(chunkSectors);
    }

    private static int pairAt(int number) {
        return (1 + number / PAIRS * (PAIRS + 1)) * CHUNK + number % PAIRS * 16;
    }

    private void writePair(int number, long oldChunk, long newChunk) {
        store().putLong(pairAt(number), oldChunk).putLong(pairAt(number) + 8, newChunk);
    }

    /** Gives chunks of the origin places in the store as the kernel does: one after the other, around the areas. */
    private byte[] copy(List<Integer> chunks) {
        writeHeader(0x70416e53, 1, 1, CHUNK / 512);
        byte[] expected = group.content(0, 0, ORIGIN_EXTENTS);
        byte[] content = group.content(0, 4, 2);
        int next = 2;
        for (int i = 0; i < chunks.size(); i++) {
            writePair(i, chunks.get(i), next);
            System.arraycopy(content, next * CHUNK, expected, chunks.get(i) * CHUNK, CHUNK);
            next++;
            if (next % (PAIRS + 1) == 1) {
                next++;
            }
        }
        writePair(chunks.size(), 0, 0);
        return expected;
    }

    @Test
    void aSnapshotShowsWhatWasCopiedAndElseItsOrigin() throws IOException {
        List<Integer> chunks = new ArrayList<>();
        for (int i = 0; i < ORIGIN_EXTENTS * EXTENT / CHUNK; i++) {
            chunks.add(i);
        }
        Collections.shuffle(chunks, new Random(3));
        byte[] expected = copy(chunks.subList(0, 150));
        group.write();
        Reads.assertContent(expected, group.open("snap"));
        Reads.assertContent(group.content(0, 0, ORIGIN_EXTENTS), group.open("root"));
        assertEquals(2, group.open("snap").deviceMapperIds().size());
    }

    @Test
    void whatWasCopiedInARowIsReadInARow() throws IOException {
        byte[] expected = copy(List.of(7, 8, 9, 10, 200, 201, 11, 0, 383, 382));
        group.write();
        Reads.assertContent(expected, group.open("snap"));
    }

    @Test
    void anUntouchedSnapshotIsItsOrigin() throws IOException {
        byte[] expected = copy(List.of());
        group.write();
        assertArrayEquals(expected, MadeGroup.read(group.open("snap")));
    }

    @Test
    void aFullAreaIsFollowedByAnother() throws IOException {
        List<Integer> chunks = new ArrayList<>();
        for (int i = 0; i < 2 * PAIRS; i++) {
            chunks.add(i * 2);
        }
        byte[] expected = copy(chunks);
        group.write();
        assertArrayEquals(expected, MadeGroup.read(group.open("snap")));
    }

    @Test
    void anOverflowedSnapshotIsRefused() {
        copy(List.of(1));
        writeHeader(0x70416e53, 0, 1, 1);
        group.write();
        Reads.assertFails(RefusedException.class, () -> group.open("snap"), "vg0/snap", "ran out of space", "origin");
    }

    @Test
    void aSnapshotThatWasNeverActiveIsRefused() {
        writeHeader(0, 0, 0, 0);
        group.write();
        Reads.assertFails(RefusedException.class, () -> group.open("snap"), "vg0/snap", "never");
    }

    @Test
    void headersThatMakeNoSenseAreCorrupt() {
        group.write();
        int[][] headers = {
            {0x70416e54, 1, 1, 1},
            {0x70416e53, 1, 2, 1},
            {0x70416e53, 1, 1, 0},
            {0x70416e53, 1, 1, 3},
            {0x70416e53, 1, 1, 1 << 30}
        };
        for (int[] header : headers) {
            writeHeader(header[0], header[1], header[2], header[3]);
            Reads.assertFails(CorruptException.class, () -> group.open("snap"), "vg0/snap");
        }
    }

    @Test
    void exceptionsThatMakeNoSenseAreCorrupt() {
        group.write();
        long[][] pairs = {
            {384, 2},
            {-1, 2},
            {Long.MAX_VALUE, 2},
            {0, 256},
            {0, -1},
            {0, 1},
            {0, 1 + PAIRS + 1},
            {0, Long.MIN_VALUE},
            {5, 3}
        };
        for (long[] pair : pairs) {
            copy(List.of(5));
            writePair(1, pair[0], pair[1]);
            writePair(2, 0, 0);
            Reads.assertFails(CorruptException.class, () -> group.open("snap"), "vg0/snap");
        }
    }

    @Test
    void aListWithoutEndIsCorrupt() {
        copy(List.of());
        for (int i = 0; pairAt(i) + 16 <= 2 * EXTENT; i++) {
            writePair(i, i, 2);
        }
        group.write();
        Reads.assertFails(CorruptException.class, () -> group.open("snap"), "does not end");
    }

    @Test
    void aMergingSnapshotAndItsOriginAreRefused() {
        String text = group.text().replace("cow_store", "merging_store");
        group.write();
        group.writeArea(group.disks.get(0), text);
        for (String volume : List.of("root", "snap")) {
            Reads.assertFails(RefusedException.class, () -> group.open(volume), "vg0/" + volume, "merge");
        }
    }

    @Test
    void aDescriptionThatMakesNoSenseIsCorrupt() {
        group.write();
        copy(List.of());
        List<String[]> changes = List.of(
                new String[] {"origin = \"root\"", "origin = \"rot\""},
                new String[] {"origin = \"root\"", "origin = \"snap\""},
                new String[] {"origin = \"root\"\n", "\n"},
                new String[] {"type = \"snapshot\"", "type = \"snapshot\" x = 1 origin = \"snap\" y {} "});
        for (String[] change : changes) {
            String text = group.text().replace(change[0], change[1]);
            group.writeArea(group.disks.get(0), text);
            Reads.assertFails(CorruptException.class, () -> group.open("snap"), "description");
        }
        String longer = group.text()
                .replace(
                        "start_extent = 0\nextent_count = 3\ntype = \"snapshot\"",
                        "start_extent = 0\nextent_count = 4\ntype = \"snapshot\"");
        group.writeArea(group.disks.get(0), longer);
        Reads.assertFails(CorruptException.class, () -> group.open("snap"), "larger than its origin");
    }
}
