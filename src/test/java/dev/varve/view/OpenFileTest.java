package dev.varve.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenFileTest {
    private static final int REQUEST = 128 << 10;
    private static final long SIZE = 16 << 20;

    private final List<long[]> asked = new ArrayList<>();

    @Test
    void sequentialReaderIsReadAheadOfOnceForEachByte() throws IOException {
        OpenFile file = new OpenFile(SIZE, (offset, target) -> target.remaining(), this::ask);
        for (long offset = 0; offset < SIZE; offset += REQUEST) {
            file.read(offset, ByteBuffer.allocate(REQUEST));
        }
        long end = asked.get(0)[0];
        for (long[] range : asked) {
            assertEquals(end, range[0]);
            end += range[1];
        }
        assertEquals(SIZE, end);
    }

    @Test
    void readerThatJumpsIsNotReadAheadOf() throws IOException {
        OpenFile file = new OpenFile(SIZE, (offset, target) -> target.remaining(), this::ask);
        for (int i = 0; i < 50; i++) {
            file.read(((i * 7L) % 13) * (1 << 20), ByteBuffer.allocate(4096));
        }
        assertTrue(asked.isEmpty());
    }

    @Test
    void damageAheadIsNotThisReadsConcern() throws IOException {
        OpenFile file = new OpenFile(SIZE, (offset, target) -> 1, (offset, length) -> {
            throw new IOException("damaged");
        });
        for (long offset = 0; offset < SIZE; offset += REQUEST) {
            assertEquals(1, file.read(offset, ByteBuffer.allocate(REQUEST)));
        }
    }

    @Test
    void nothingIsReadBehindTheEnd() throws IOException {
        OpenFile file = new OpenFile(SIZE, (offset, target) -> 1, this::ask);
        assertEquals(0, file.read(SIZE, ByteBuffer.allocate(1)));
        assertEquals(0, file.read(Long.MAX_VALUE, ByteBuffer.allocate(1)));
        assertEquals(0, file.read(-1, ByteBuffer.allocate(1)));
    }

    private void ask(long offset, long length) {
        asked.add(new long[] {offset, length});
    }
}
