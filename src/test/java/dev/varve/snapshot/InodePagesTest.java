package dev.varve.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.FileType;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import dev.varve.model.Xattr;
import dev.varve.repository.ChunkLane;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.StoredInodes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
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

    @Test
    void attributesThatAReaderWouldRefuseAreRefusedByTheWriterAndTheInodeIsNamed() throws IOException {
        Xattr[][] refused = {
            {xattr(256, 1)},
            {xattr(5, (1 << 16) + 1)},
            IntStream.range(0, 17).mapToObj(i -> xattr(8, 1 << 16)).toArray(Xattr[]::new),
            IntStream.range(0, 400).mapToObj(i -> xattr(255, 1)).toArray(Xattr[]::new),
            IntStream.range(0, 4097).mapToObj(i -> xattr(1, 0)).toArray(Xattr[]::new),
        };
        for (Xattr[] xattrs : refused) {
            InodePageWriter writer = new InodePageWriter(lane);
            CorruptException named = assertThrows(CorruptException.class, () -> writer.add(file(7, List.of(xattrs))));
            assertTrue(named.getMessage().contains("inode 7"), named.getMessage());
            writer.add(file(7, List.of()));
            writer.finish();
        }
    }

    @Test
    void aNegativeSizeIsRefusedByTheWriter() throws IOException {
        StoredInode plain = StoredInodes.file(7, Content.EMPTY);
        StoredInode negative = new StoredInode(
                7,
                StoredInodes.attributes(FileType.REGULAR, 0644, -1),
                plain.fingerprint(),
                List.of(),
                0,
                null,
                null,
                Content.EMPTY,
                false,
                false);
        InodePageWriter writer = new InodePageWriter(lane);
        assertThrows(CorruptException.class, () -> writer.add(negative));
        writer.add(plain);
    }

    @Test
    void aPageOfTheLargestInodesReadsBack() throws IOException {
        List<StoredInode> inodes = new ArrayList<>();
        for (long number = 64; number < 128; number++) {
            List<Xattr> xattrs = new ArrayList<>();
            for (int i = 0; i < 14; i++) {
                xattrs.add(xattr(200, 65_000));
            }
            for (int i = 0; i < 120; i++) {
                xattrs.add(xattr(255, 500));
            }
            inodes.add(file(number, xattrs));
        }
        StoredVolume volume = write(inodes);
        assertEquals(inodes.get(63), volume.inode(127));
        assertTrue(volume.page(1).weightBytes() > 64 * 14 * 65_000);
    }

    @Test
    void aDamagedBlockOfTheInodeIndexIsToldAndThePagesOfTheOthersAreStillVerified() throws IOException {
        List<StoredInode> inodes = new ArrayList<>();
        ChunkId gone = MemoryChunks.idOf(new byte[] {9});
        for (long block = 0; block < 3; block++) {
            long number = block * SnapshotFormat.INDEX_BLOCK_SLOTS * SnapshotFormat.INODES_PER_PAGE + 5;
            inodes.add(StoredInodes.file(number, new Content(10, 0, List.of(new Part(10, gone)))));
        }
        InodePageWriter writer = new InodePageWriter(lane);
        for (StoredInode inode : inodes) {
            writer.add(inode);
        }
        Content pages = writer.finish();
        chunks.replace(pages.parts().get(1).id(), new byte[] {1, 2, 3});
        StoredVolume volume = StoredInodes.volume(chunks, cache, pages, Content.EMPTY, StoredInodes.info(0, 4096));
        List<String> told = new ArrayList<>();
        new VolumeVerifier(chunks, cache, new PresentChunks(chunks)).verify(volume.record(), new Told(told));
        assertEquals(List.of("inode 5", "page -1", "inode 32773"), told);
    }

    private static Xattr xattr(int nameBytes, int valueBytes) {
        return new Xattr(ByteString.utf8("n".repeat(nameBytes)), ByteString.of(new byte[valueBytes]));
    }

    private static StoredInode file(long number, List<Xattr> xattrs) {
        StoredInode plain = StoredInodes.file(number, Content.EMPTY);
        return new StoredInode(
                number, plain.attributes(), plain.fingerprint(), xattrs, 0, null, null, Content.EMPTY, false, false);
    }

    private record PresentChunks(MemoryChunks chunks) implements VolumeVerifier.Ledger {
        @Override
        public boolean isGood(ChunkId id) {
            return chunks.contains(id);
        }

        @Override
        public boolean isWhole(ChunkId id) {
            return false;
        }

        @Override
        public void markWhole(ChunkId id) {}
    }

    private record Told(List<String> lines) implements VolumeVerifier.Damage {
        @Override
        public void inode(long number, String reason) {
            lines.add("inode " + number);
        }

        @Override
        public void inodePage(long pageNumber, String reason) {
            lines.add("page " + pageNumber);
        }

        @Override
        public void image(String reason) {
            lines.add("image");
        }
    }
}
