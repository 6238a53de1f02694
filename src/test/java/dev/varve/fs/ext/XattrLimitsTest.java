package dev.varve.fs.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInode;
import dev.varve.fs.probe.VolumeProbe;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.Xattr;
import dev.varve.testing.MemoryBlockSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks of attributes made by hand, on the largest blocks there are: what no inode has under Linux is damage. */
class XattrLimitsTest {
    private static final int BLOCK = 65536;
    private static final int USER = 1;
    private static final int ENTRIES = 32;
    private static final int VALUE_INODE = 11;

    @TempDir
    static Path directory;

    private static byte[] image;
    private static long inode;

    @BeforeAll
    static void makeVolume() throws Exception {
        Path content = Files.createDirectory(directory.resolve("content"));
        Files.writeString(content.resolve("file"), "x");
        Path made = directory.resolve("made.img");
        LoopVolume.run(List.of(
                "mke2fs",
                "-q",
                "-F",
                "-t",
                "ext4",
                "-b",
                Integer.toString(BLOCK),
                "-O",
                "^metadata_csum,^has_journal,ea_inode",
                "-d",
                content.toString(),
                made.toString(),
                "16M"));
        LoopVolume.run(List.of("debugfs", "-w", "-R", "ea_set /file user.long " + "v".repeat(800), made.toString()));
        image = Files.readAllBytes(made);
        try (Volume volume = VolumeProbe.open(new MemoryBlockSource("made", image))) {
            volume.entries(volume.inode(2), (name, number) -> {
                if (name.equals(ByteString.utf8("file"))) {
                    inode = number;
                }
            });
        }
        assertEquals(List.of(800), lengths(image));
    }

    private static List<Integer> lengths(byte[] bytes) throws IOException {
        return read(bytes).stream().map(xattr -> xattr.value().length()).toList();
    }

    private static List<Xattr> read(byte[] bytes) throws IOException {
        try (Volume volume = VolumeProbe.open(new MemoryBlockSource("crafted", bytes))) {
            return volume.xattrs(volume.inode(inode));
        }
    }

    /** Entries of one name length that all have the same value, which lies at the end of the block. */
    private static byte[] crafted(int count, int nameBytes, int valueBytes) throws IOException {
        byte[] bytes = image.clone();
        int block = block();
        for (int at = block + ENTRIES; at < block + BLOCK; at++) {
            bytes[at] = 0;
        }
        int at = block + ENTRIES;
        for (int i = 0; i < count; i++) {
            bytes[at] = (byte) nameBytes;
            bytes[at + 1] = USER;
            Raw.put16(bytes, at + 2, BLOCK - valueBytes);
            Raw.put32(bytes, at + 8, valueBytes);
            for (int j = 0; j < nameBytes; j++) {
                bytes[at + 16 + j] = (byte) ('a' + (i >> 4 * (j & 3) & 15));
            }
            at += 16 + (nameBytes + 3 & ~3);
        }
        return bytes;
    }

    private static int block() throws IOException {
        try (Volume volume = VolumeProbe.open(new MemoryBlockSource("made", image))) {
            VolumeInode file = volume.inode(inode);
            return Math.toIntExact(((RawInode) file.raw()).fileAcl() * BLOCK);
        }
    }

    private static void assertRefused(byte[] bytes, String reason) {
        CorruptException e = assertThrows(CorruptException.class, () -> read(bytes));
        assertTrue(e.getMessage().contains("inode " + inode + ": "), e.getMessage());
        assertTrue(e.getMessage().contains(reason), e.getMessage());
    }

    @Test
    void whatLinuxAllowsIsRead() throws IOException {
        assertEquals(List.of(4), lengths(crafted(1, 250, 4)));
        assertEquals(180, read(crafted(180, 3, 512)).size());
        assertEquals(16, read(crafted(16, 3, 65_000)).size());
    }

    @Test
    void aNameThatIsTooLongWithItsPrefixIsDamage() throws IOException {
        assertRefused(crafted(1, 251, 4), "attribute name of 256 bytes");
    }

    @Test
    void moreInAllThanAPageOfASnapshotTakesIsDamage() throws IOException {
        assertRefused(crafted(400, 3, 512), "more attributes than any inode has");
        assertRefused(crafted(17, 3, 62_000), "more attributes than any inode has");
    }

    @Test
    void aValueInAnInodeOfItsOwnThatIsLongerThanAnyIsDamage() throws IOException {
        byte[] bytes = crafted(1, 3, 0);
        int entry = block() + ENTRIES;
        Raw.put32(bytes, entry + 4, VALUE_INODE);
        Raw.put32(bytes, entry + 8, BLOCK + 1);
        int lostAndFound = Math.toIntExact(inodeTable() + (VALUE_INODE - 1) * 256L);
        Raw.put16(bytes, lostAndFound, 0100644);
        Raw.put32(bytes, lostAndFound + 4, BLOCK + 1);
        Raw.put32(bytes, lostAndFound + 0x20, Raw.i32(bytes, lostAndFound + 0x20) | RawInode.EA_INODE_FL);
        assertRefused(bytes, "attribute inode " + VALUE_INODE + ": is none of " + (BLOCK + 1) + " bytes");
    }

    private static long inodeTable() {
        return Raw.u32(image, BLOCK + 8) * BLOCK;
    }
}
