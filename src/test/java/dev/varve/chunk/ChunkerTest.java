package dev.varve.chunk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.testing.Keys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChunkerTest {
    private final Chunker chunker = new Chunker(Keys.unencrypted().gearKey());

    /** Frozen: cuts that change make new backups share nothing with old ones. */
    @Test
    void cutsOfAnUnencryptedRepositoryAreFixed() {
        assertEquals(
                List.of(
                        37224, 15773, 26206, 30125, 39942, 31137, 26024, 33234, 23579, 48262, 34083, 32663, 15311,
                        6437),
                cuts(chunker, noise(42, 400_000)));
    }

    @Test
    void chunksOfRandomDataHaveTheAverageSizeWithinAFifth() {
        byte[] data = noise(1, 16 << 20);
        List<Integer> lengths = cuts(chunker, data);
        double average = (double) data.length / lengths.size();
        assertTrue(average > 0.8 * (32 << 10) && average < 1.2 * (32 << 10), "average " + average);
        for (int length : lengths.subList(0, lengths.size() - 1)) {
            assertTrue(length >= ChunkerFormat.MIN_BYTES && length <= ChunkerFormat.MAX_BYTES);
        }
    }

    @Test
    void anInsertionChangesOnlyTheChunksAroundIt() {
        byte[] before = noise(2, 4 << 20);
        byte[] after = new byte[before.length + 7];
        System.arraycopy(before, 0, after, 0, 1_000_000);
        System.arraycopy(before, 1_000_000, after, 1_000_007, before.length - 1_000_000);
        Set<Integer> known = new HashSet<>();
        pieces(before).forEach(piece -> known.add(Arrays.hashCode(piece)));
        long changed = pieces(after).stream()
                .filter(piece -> !known.contains(Arrays.hashCode(piece)))
                .count();
        assertTrue(changed >= 1 && changed <= 4, changed + " chunks changed");
    }

    @Test
    void zerosAreCutAtTheLargestSize() {
        assertEquals(ChunkerFormat.MAX_BYTES, chunker.cut(new byte[200_000], 0, 200_000));
    }

    @Test
    void aCutDoesNotDependOnWhereTheDataLiesNorOnWhatFollows() {
        byte[] data = noise(3, 500_000);
        int first = chunker.cut(data, 1_000, data.length);
        assertEquals(first, chunker.cut(Arrays.copyOfRange(data, 1_000, 1_000 + first), 0, first));
        assertEquals(first, chunker.cut(data, 1_000, 1_000 + ChunkerFormat.MAX_BYTES));
    }

    @Test
    void whatEndsBeforeACutIsOneChunk() {
        byte[] data = noise(4, 10_000);
        assertEquals(0, chunker.cut(data, 5, 5));
        assertEquals(1, chunker.cut(data, 5, 6));
        assertEquals(ChunkerFormat.MIN_BYTES, chunker.cut(data, 0, ChunkerFormat.MIN_BYTES));
    }

    @Test
    void anotherKeyCutsElsewhere() {
        byte[] data = noise(5, 400_000);
        assertNotEquals(cuts(chunker, data), cuts(new Chunker(Keys.encrypted().gearKey()), data));
    }

    private List<byte[]> pieces(byte[] data) {
        List<byte[]> pieces = new ArrayList<>();
        int at = 0;
        for (int length : cuts(chunker, data)) {
            pieces.add(Arrays.copyOfRange(data, at, at + length));
            at += length;
        }
        return pieces;
    }

    private static List<Integer> cuts(Chunker chunker, byte[] data) {
        List<Integer> lengths = new ArrayList<>();
        for (int at = 0; at < data.length; ) {
            int length = chunker.cut(data, at, data.length);
            lengths.add(length);
            at += length;
        }
        return lengths;
    }

    private static byte[] noise(long seed, int length) {
        byte[] data = new byte[length];
        new Random(seed).nextBytes(data);
        return data;
    }
}
