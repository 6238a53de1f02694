package dev.varve.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.model.PackKind;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.InodeCursor;
import dev.varve.snapshot.InodePageWriter;
import dev.varve.snapshot.VolumeCache;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.StoredInodes;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PreviousInodesTest {
    private static final int INODES = 20_000;

    private static InodeCursor cursor() throws IOException {
        MemoryChunks chunks = new MemoryChunks();
        InodePageWriter writer = new InodePageWriter(chunks.lane(PackKind.METADATA));
        for (long number = 1; number <= INODES; number++) {
            writer.add(StoredInodes.file(number, Content.EMPTY));
        }
        return StoredInodes.volume(
                        chunks,
                        VolumeCache.ofBytes(1 << 20),
                        writer.finish(),
                        Content.EMPTY,
                        StoredInodes.info(0, 4096))
                .inodes();
    }

    @Test
    void allComeInOrderWithWhatWasFoundOfThem() throws IOException {
        try (PreviousInodes previous = new PreviousInodes(cursor(), inode -> inode.number() % 3 == 0)) {
            for (long number = 1; number <= INODES; number++) {
                PreviousInodes.Previous next = previous.next();
                assertEquals(number, next.inode().number());
                assertEquals(number % 3 == 0, next.isNamedStored());
            }
            assertNull(previous.next());
            assertNull(previous.next());
        }
    }

    @Test
    void aFailureComesInItsPlaceAndOnce() throws IOException {
        IOException lost = new IOException("lost");
        PreviousInodes.Lookup lookup = inode -> {
            if (inode.number() == 1234) {
                throw lost;
            }
            return true;
        };
        try (PreviousInodes previous = new PreviousInodes(cursor(), lookup)) {
            for (long number = 1; number < 1234; number++) {
                assertEquals(number, previous.next().inode().number());
            }
            assertSame(lost, assertThrows(IOException.class, previous::next));
            assertNull(previous.next());
        }
    }

    @Test
    void closingEndsTheThreadThoughNobodyTakesWhatItHas() throws IOException {
        AtomicReference<Thread> thread = new AtomicReference<>();
        PreviousInodes previous = new PreviousInodes(cursor(), inode -> {
            thread.set(Thread.currentThread());
            return true;
        });
        previous.next();
        previous.close();
        assertFalse(thread.get().isAlive());
        new PreviousInodes(cursor(), inode -> true).close();
    }
}
