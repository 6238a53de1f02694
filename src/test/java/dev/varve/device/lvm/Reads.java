package dev.varve.device.lvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import dev.varve.model.VarveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.function.Executable;

/** What tests of sources have in common. */
final class Reads {
    private Reads() {}

    /** Whole, in pieces that begin and end anywhere, and not past the end. */
    static void assertContent(byte[] expected, BlockSource source) throws IOException {
        assertEquals(expected.length, source.sizeBytes());
        assertArrayEquals(expected, MadeGroup.read(source));
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            int from = random.nextInt(expected.length);
            int count = random.nextInt(Math.min(200_000, expected.length - from) + 1);
            ByteBuffer target = ByteBuffer.allocate(count + 20).position(10).limit(10 + count);
            source.read(from, target);
            assertEquals(10 + count, target.position());
            assertEquals(10 + count, target.limit());
            byte[] read = Arrays.copyOfRange(target.array(), 10, 10 + count);
            assertArrayEquals(Arrays.copyOfRange(expected, from, from + count), read, "from " + from);
        }
        assertThrows(CorruptException.class, () -> source.read(expected.length - 1, ByteBuffer.allocate(2)));
        assertThrows(CorruptException.class, () -> source.read(-1, ByteBuffer.allocate(1)));
    }

    /** One line that says all of these. */
    static void assertFails(Class<? extends VarveException> type, Executable action, String... words) {
        VarveException e = assertThrows(type, action);
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), () -> "\"" + word + "\" is not in: " + e.getMessage());
        }
    }
}
