package dev.varve.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import dev.varve.repository.ChunkLane;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.StoredInodes;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class InodePagesTest {
    private final MemoryChunks chunks = new MemoryChunks();
    private final ChunkLane lane = chunks.lane(PackKind.METADATA);
    private final VolumeCache cache = VolumeCache.ofBytes(64 << 20);

    private StoredVolume write(Iterable<StoredInode> inodes) throws IOException {
        InodePageWriter writer = new InodePageWriter(lane);
        for (StoredInode inode : inodes) {
            writer.add(inode);
        }
        return StoredInodes.volume(chunks, cache, writer.finish(), Content.EMPTY, StoredInodes.info(0, 4096));
    }

    @Test
    void inodesReadBackByNumberAndInOrder() throws IOException {
        Random random = new Random(11);
        Map<Long, StoredInode> inodes = new TreeMap<>();
        for (int i = 0; i < 5000; i++) {
            long number = i < 4000 ? 1 + random.nextInt(20_000) : 1 + (random.nextLong() >>> 4);
            inodes.put(number, StoredInodes.random(number, random));
        }
        StoredVolume volume = write(inodes.values());
        for (StoredInode inode : inodes.values()) {
            assertEquals(inode, volume.inode(inode.number()));
        }
        assertThrows(NotFoundException.class, () -> volume.inode(0));
        assertThrows(NotFoundException.class, () -> volume.inode(-1));
        assertThrows(NotFoundException.class, () -> volume.inode(Long.MAX_VALUE));
        InodeCursor cursor = volume.inodes();
        for (StoredInode inode : inodes.values()) {
            assertEquals(inode, cursor.next());
        }
        assertNull(cursor.next());
        cursor.seek(10_000);
        assertTrue(cursor.next().number() >= 10_000);
    }

    @Test
    void oneChangedInodeRewritesOnePageAndItsIndexBlock() throws IOException {
        Random random = new Random(4);
        Map<Long, StoredInode> inodes = new TreeMap<>();
        for (long number = 1; number <= 60_000; number++) {
            inodes.put(number, StoredInodes.file(number, Content.EMPTY));
        }
        write(inodes.values());
        int before = chunks.count();
        inodes.put(30_000L, StoredInodes.random(30_000, random));
        write(inodes.values());
        assertTrue(chunks.count() - before <= 6, "new chunks " + (chunks.count() - before));
    }
}
