package dev.varve.bytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteReaderTest {
    @Test
    void whatIsWrittenIsRead() throws IOException {
        ByteWriter writer = new ByteWriter(1)
                .u8(255)
                .u16(65535)
                .u32(0xffff_ffffL)
                .i32(-2)
                .u64(-3)
                .varint(0)
                .varint(300)
                .varint(-1)
                .bytes(ByteString.utf8("name"))
                .bytes(ByteBuffer.wrap(new byte[] {1, 2, 3}, 1, 2))
                .zeros(3);
        writer.patchI32(7, 42);
        ByteReader reader = ByteReader.of("x", writer.toByteArray());
        assertEquals(255, reader.u8());
        assertEquals(65535, reader.u16());
        assertEquals(0xffff_ffffL, reader.u32());
        assertEquals(42, reader.i32());
        assertEquals(-3, reader.u64());
        assertEquals(0, reader.varint());
        assertEquals(300, reader.varint("length", 300));
        assertEquals(-1, reader.varint());
        assertEquals(ByteString.utf8("name"), reader.byteString(4));
        assertArrayEquals(new byte[] {2, 3}, reader.bytes(2));
        reader.expectZero(3, "padding");
        reader.expectEnd();
    }

    @Test
    void everyVarintComesBackInItsShortestForm() throws IOException {
        Random random = new Random(3);
        for (int i = 0; i < 2_000; i++) {
            long value = random.nextLong() >>> random.nextInt(64);
            byte[] bytes = new ByteWriter().varint(value).toByteArray();
            assertEquals(Math.max(1, (70 - Long.numberOfLeadingZeros(value)) / 7), bytes.length);
            assertEquals(value, ByteReader.of("x", bytes).varint());
        }
    }

    @Test
    void badVarintsAreCorrupt() {
        byte[] tooLong = {-1, -1, -1, -1, -1, -1, -1, -1, -1, 2};
        byte[] endless = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
        for (byte[] bad : new byte[][] {tooLong, endless, {(byte) 0x80, 0}, {(byte) 0x80}, {}}) {
            assertThrows(CorruptException.class, () -> ByteReader.of("x", bad).varint());
        }
        assertThrows(
                CorruptException.class, () -> ByteReader.of("x", new byte[] {5}).varint("length", 4));
    }

    @Test
    void readingBeyondTheEndNamesResourceAndOffset() throws IOException {
        ByteReader reader = ByteReader.of("disk", 1000, ByteBuffer.allocate(10), ByteOrder.LITTLE_ENDIAN);
        reader.skip(7);
        CorruptException e = assertThrows(CorruptException.class, reader::u32);
        assertEquals("disk", e.resource());
        assertEquals(1007, e.offset());
        assertThrows(CorruptException.class, reader::u64);
        assertThrows(CorruptException.class, () -> reader.seek(11));
        assertThrows(CorruptException.class, () -> reader.seek(-1));
        assertThrows(CorruptException.class, reader::expectEnd);
    }

    @Test
    void aHostileLengthIsRefusedBeforeItIsAllocated() {
        ByteReader reader = ByteReader.of("x", new byte[10]);
        for (long length : new long[] {11, Integer.MAX_VALUE, 1L << 40, -1}) {
            assertThrows(CorruptException.class, () -> reader.bytes(length));
            assertThrows(CorruptException.class, () -> reader.skip(length));
            assertThrows(CorruptException.class, () -> reader.view(length));
        }
    }

    @Test
    void bigEndianIsReadWhenAskedFor() throws IOException {
        ByteReader reader =
                ByteReader.of("journal", 0, ByteBuffer.wrap(new byte[] {0, 0, 1, 2, 3, 4}), ByteOrder.BIG_ENDIAN);
        assertEquals(0x102, reader.u32());
        assertEquals(0x304, reader.u16());
    }

    @Test
    void aRangeIsHeld() {
        byte[] seven = new ByteWriter().u32(7).toByteArray();
        assertThrows(CorruptException.class, () -> ByteReader.of("x", seven).u32("count", 8, 9));
        assertThrows(CorruptException.class, () -> ByteReader.of("x", seven).u32("count", 1, 6));
    }

    @Test
    void aValueThatDoesNotFitItsFieldIsAMistake() {
        assertThrows(IllegalArgumentException.class, () -> new ByteWriter().u8(256));
        assertThrows(IllegalArgumentException.class, () -> new ByteWriter().u16(-1));
        assertThrows(IllegalArgumentException.class, () -> new ByteWriter().u32(1L << 32));
        assertThrows(IllegalArgumentException.class, () -> new ByteWriter().patchI32(0, 1));
    }
}
