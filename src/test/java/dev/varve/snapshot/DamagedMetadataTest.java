package dev.varve.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.FileType;
import dev.varve.model.PackKind;
import dev.varve.model.Timestamp;
import dev.varve.model.VarveException;
import dev.varve.repository.ChunkLane;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.StoredInodes;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Every decoder meets every flipped byte and every cut: a named error or a value, nothing else. */
class DamagedMetadataTest {
    private final MemoryChunks chunks = new MemoryChunks();
    private final ChunkLane lane = chunks.lane(PackKind.METADATA);

    private interface Decode {
        Object of(byte[] bytes) throws IOException;
    }

    private static void damage(byte[] good, Decode decode) throws IOException {
        decode.of(good);
        for (int cut = 0; cut < good.length; cut++) {
            byte[] bytes = Arrays.copyOf(good, cut);
            assertThrows(VarveException.class, () -> decode.of(bytes), "cut at " + cut);
        }
        for (int at = 0; at < good.length; at++) {
            for (int flip : new int[] {0x01, 0x80, 0xff, 0x7f}) {
                byte[] bytes = good.clone();
                bytes[at] ^= (byte) flip;
                try {
                    decode.of(bytes);
                } catch (VarveException e) {
                    // A named error is one of the two good outcomes; the chunk's seal catches the rest.
                    assertEquals(false, e.getMessage().isBlank());
                }
            }
        }
    }

    @Test
    void inodePage() throws IOException {
        StoredInode[] inodes = new StoredInode[SnapshotFormat.INODES_PER_PAGE];
        Random random = new Random(2);
        for (int i = 0; i < 12; i++) {
            inodes[i * 5] = StoredInodes.random(64L * 7 + i * 5L, random);
        }
        damage(InodePage.encode(7, inodes, lane), bytes -> InodePage.decode("page", bytes, chunks));
    }

    @Test
    void partNode() throws IOException {
        byte[] node = PartList.encodeNode(1, List.of(new Part(300, id(1)), new Part(70_000, null), new Part(5, id(2))));
        damage(node, bytes -> PartList.decodeNode("node", bytes, 1, 70_305));
    }

    @Test
    void directoryNodes() throws IOException {
        damage(
                DirectoryNode.encodeLeaf(List.of(
                        new DirectoryEntry(ByteString.utf8("a"), 5, FileType.REGULAR),
                        new DirectoryEntry(ByteString.utf8("b"), 500_000, FileType.SYMLINK))),
                bytes -> DirectoryNode.decode("leaf", bytes));
        damage(
                DirectoryNode.encodeInner(
                        1,
                        List.of(
                                new DirectoryNode.Child(ByteString.utf8("a"), 300, id(1)),
                                new DirectoryNode.Child(ByteString.utf8("n"), 2, id(2)))),
                bytes -> DirectoryNode.decode("inner", bytes));
    }

    @Test
    void imageRegion() throws IOException {
        damage(
                ImageRegion.encode(List.of(
                        new ImageRegion.Run(ImageRegion.FREE, 0, 700, 0, 0, List.of()),
                        new ImageRegion.Run(ImageRegion.FILE, 700, 9, 12, 3, List.of()),
                        new ImageRegion.Run(ImageRegion.RAW, 709, 12, 0, 0, List.of(id(3), id(4))))),
                bytes -> ImageRegion.decode("region", bytes, 4096));
    }

    @Test
    void manifest() throws IOException {
        Content content = new Content(8192, 0, List.of(new Part(8192, id(1))));
        Manifest manifest = new Manifest(
                "snapshots/0",
                "fox",
                "2024-05-01",
                new Timestamp(1_714_521_600, 5),
                "Europe/Berlin",
                "varve 0.1.0",
                List.of(
                        new VolumeRecord(
                                "vg0-root",
                                "/dev/vg0/root",
                                ByteString.utf8("/"),
                                StoredInodes.info(1 << 20, 4096),
                                content,
                                content,
                                new VolumeStatistics(1, 2, 3, 4, 5, 6, 7, 8, 9)),
                        new VolumeRecord(
                                "swap",
                                "/dev/vg0/swap",
                                ByteString.utf8("/swap"),
                                StoredInodes.info(8192, 4096),
                                null,
                                content,
                                StoredInodes.NO_STATISTICS)));
        byte[] bytes = ManifestFormat.encode(manifest);
        assertEquals(manifest, ManifestFormat.decode("snapshots/0", bytes));
        damage(bytes, damaged -> ManifestFormat.decode("snapshots/0", damaged));
    }

    @Test
    void aManifestThatAReaderWouldRefuseIsNotWritten() {
        VolumeRecord volume = new VolumeRecord(
                "vol",
                "s".repeat(4000),
                ByteString.utf8("/"),
                StoredInodes.info(1 << 20, 4096),
                null,
                Content.EMPTY,
                StoredInodes.NO_STATISTICS);
        VolumeRecord unnamed = new VolumeRecord(
                "n".repeat(256), "vol", volume.mountPoint(), volume.info(), null, Content.EMPTY, volume.statistics());
        VolumeRecord distant = new VolumeRecord(
                "vol", "s".repeat(4097), volume.mountPoint(), volume.info(), null, Content.EMPTY, volume.statistics());
        for (List<VolumeRecord> volumes : List.of(
                List.of(unnamed),
                List.of(distant),
                Collections.nCopies(4097, volume),
                Collections.nCopies(3000, volume))) {
            Manifest manifest = new Manifest(
                    "snapshots/0", "host", "2024-05-01", new Timestamp(1_714_521_600, 5), "UTC", "varve", volumes);
            assertThrows(CorruptException.class, () -> ManifestFormat.encode(manifest));
        }
    }

    private static ChunkId id(int seed) {
        return MemoryChunks.idOf(new byte[] {(byte) seed});
    }

    @Test
    void aPartLongerThanAnyChunkIsDamage() {
        byte[] node = PartList.encodeNode(0, List.of(new Part(3L << 30, id(1))));
        assertThrows(CorruptException.class, () -> PartList.decodeNode("node", node, 0, 3L << 30));
    }

    @Test
    void anIndexWhoseChunkLiesBetweenBlocksIsDamage() {
        Content crooked = new Content(8292, 0, List.of(new Part(100, null), new Part(8192, id(1))));
        IndexReader index = new IndexReader(chunks, VolumeCache.ofBytes(1 << 20), crooked);
        assertThrows(CorruptException.class, () -> index.nextFilled(0));
        assertThrows(CorruptException.class, () -> index.nextFilled(256));
    }
}
