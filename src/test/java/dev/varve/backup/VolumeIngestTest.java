package dev.varve.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.device.BlockSource;
import dev.varve.device.FileBlockSource;
import dev.varve.fs.Volume;
import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.model.FileType;
import dev.varve.model.Xattr;
import dev.varve.snapshot.DirectoryEntry;
import dev.varve.snapshot.InodeCursor;
import dev.varve.snapshot.Part;
import dev.varve.snapshot.StoredInode;
import dev.varve.testing.MemoryChunks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolumeIngestTest {
    private static final UnaryOperator<Volume> HONEST = volume -> volume;

    /** Long after anything in a test was written. */
    private static final long LATER = System.currentTimeMillis() / 1000 + 100_000;

    @TempDir
    Path temp;

    private Path tree;
    private final MemoryChunks chunks = new MemoryChunks();
    private final Random random = new Random(7);

    @BeforeEach
    void makeTree() throws IOException {
        tree = Files.createDirectories(temp.resolve("tree"));
        Files.createDirectories(tree.resolve("etc/deep/er"));
        Files.write(tree.resolve("etc/small"), bytes(100));
        Files.write(tree.resolve("etc/empty"), new byte[0]);
        Files.write(tree.resolve("etc/block"), bytes(4096));
        Files.write(tree.resolve("etc/deep/er/medium"), bytes(40_000));
        Files.write(tree.resolve("large"), bytes(3_000_001));
        Files.createSymbolicLink(tree.resolve("fast"), Path.of("etc/small"));
        Files.createSymbolicLink(tree.resolve("slow"), Path.of("x".repeat(200)));
        Files.createLink(tree.resolve("etc/hard"), tree.resolve("etc/small"));
        byte[] sparse = new byte[1_000_000];
        System.arraycopy(bytes(5000), 0, sparse, 0, 5000);
        System.arraycopy(bytes(5000), 0, sparse, 700_000, 5000);
        Files.write(tree.resolve("sparse"), sparse);
        for (int i = 0; i < 300; i++) {
            Files.write(tree.resolve("etc/deep/f" + i), bytes(random.nextInt(3000)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1024", "4096"})
    void everyByteOfEveryFileAndOfTheImageComesBack(String blockSize) throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48, "-b", blockSize);
        Layer layer = Layer.of(chunks, test, HONEST, null, temp);
        assertEquals(List.of(), layer.problems);
        assertTreeEquals(layer);
        assertArrayEquals(Layer.expectedImage(test), layer.image());
        assertRestoredImageIsSound(layer);
        assertEquals(layer.at("etc/small").number(), layer.at("etc/hard").number());
        assertEquals(2, layer.at("etc/small").attributes().nlink());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-O ^extent,^64bit",
                "-O inline_data -I 256",
                "-O bigalloc -C 16384",
                "-O ^has_journal",
                "-O ^metadata_csum,^flex_bg",
                "-b 65536"
            })
    void otherKindsOfFileSystemComeBackToo(String options) throws Exception {
        if (options.contains("inline_data")) {
            Files.delete(tree.resolve("sparse")); // mke2fs 1.47.0 itself cuts a sparse file short there
        }
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 80, options.split(" ", -1));
        Layer layer = Layer.of(chunks, test, HONEST, null, temp);
        assertEquals(List.of(), layer.problems);
        assertTreeEquals(layer);
        assertArrayEquals(Layer.expectedImage(test), layer.image());
    }

    @Test
    void holesAndUnwrittenBlocksAreNeverReadAndStayHoles() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        long medium = number(test, "etc/deep/er/medium");
        test.debugfs("set_inode_field <" + medium + "> size 400000");
        test.debugfs("fallocate <" + medium + "> 30 120");
        test.write(test.firstBlock(medium) * 4096 + 40_000, new byte[10]);
        byte[] garbage = bytes(4096);
        try (Volume volume = test.open()) {
            volume.extents(volume.inode(medium), (logical, physical, count, unwritten) -> {
                if (unwritten) {
                    for (long i = 0; i < count; i++) {
                        test.write((physical + i) * 4096, garbage);
                    }
                }
            });
        }
        Layer layer = Layer.of(chunks, test, HONEST, null, temp);
        assertEquals(List.of(), layer.problems);
        byte[] read = layer.content("etc/deep/er/medium");
        assertEquals(400_000, read.length);
        byte[] expected = new byte[400_000];
        System.arraycopy(Files.readAllBytes(tree.resolve("etc/deep/er/medium")), 0, expected, 0, 40_000);
        assertArrayEquals(expected, read);
        Part last = last(layer.at("etc/deep/er/medium"));
        assertTrue(last.isHole());
        assertTrue(last.length() > 300_000);
        assertArrayEquals(Layer.expectedImage(test), layer.image());
    }

    @Test
    void onlyAllocatedBlocksAreEverRead() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        for (int i = 1; i < 200; i += 2) {
            test.debugfs("rm /etc/deep/f" + i);
        }
        // Blocks of directories are raw in the image; here free ones lie between them.
        for (int i = 0; i < 6; i++) {
            test.debugfs("mkdir /dir" + i);
            test.debugfs("write " + tree.resolve("etc/block") + " /between" + i);
        }
        for (int i = 0; i < 6; i++) {
            test.debugfs("rm /between" + i);
        }
        BitSet allocated = new BitSet();
        try (Volume volume = test.open()) {
            volume.allocatedRuns(
                    0, volume.info().blockCount(), (block, count) -> allocated.set((int) block, (int) (block + count)));
        }
        BitSet read = new BitSet();
        Layer first = Layer.of(chunks, chunks, new RecordingSource(test.source(), read), at(LATER), null, 0, temp);
        assertEquals(List.of(), first.problems);
        Layer second =
                Layer.of(chunks, chunks, new RecordingSource(test.source(), read), at(LATER + 9), first, 100, temp);
        assertEquals(List.of(), second.problems);
        assertTrue(second.counts().filesProved() > 100);
        read.andNot(allocated);
        assertEquals(new BitSet(), read);
    }

    /** Notes which blocks of 4096 bytes are read. */
    private record RecordingSource(BlockSource source, BitSet read) implements BlockSource {
        @Override
        public String name() {
            return source.name();
        }

        @Override
        public long sizeBytes() {
            return source.sizeBytes();
        }

        @Override
        public void read(long offset, ByteBuffer target) throws IOException {
            read.set((int) (offset / 4096), (int) ((offset + target.remaining() + 4095) / 4096));
            source.read(offset, target);
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }

    @Test
    void bytesBehindTheEndOfAFileStayInTheImageOnly() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        long small = number(test, "etc/small");
        test.write(test.firstBlock(small) * test.blockSize() + 150, bytes(20));
        Layer first = Layer.of(chunks, test, at(LATER), null, temp);
        assertTrue(first.at("etc/small").tailKept());
        assertFalse(first.at("etc/block").tailKept());
        assertArrayEquals(Files.readAllBytes(tree.resolve("etc/small")), first.content("etc/small"));
        assertArrayEquals(Layer.expectedImage(test), first.image());

        Layer second = Layer.of(chunks, test, at(LATER + 9), first, temp);
        assertEquals(0, second.counts().filesRead());
        assertTrue(second.at("etc/small").tailKept());
        assertArrayEquals(Layer.expectedImage(test), second.image());
    }

    @Test
    void aSecondBackupOfTheSameVolumeReadsNoFileAndStoresNothing() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        Layer first = Layer.of(chunks, test, at(LATER), null, temp);
        long chunksBefore = chunks.count();
        Layer second = Layer.of(chunks, test, at(LATER + 9), first, temp);
        assertEquals(0, second.counts().filesRead());
        assertEquals(0, second.counts().directoriesRead());
        assertEquals(first.counts().filesRead(), second.counts().filesTaken());
        assertEquals(first.outcome.record().inodes(), second.outcome.record().inodes());
        assertEquals(first.outcome.record().image(), second.outcome.record().image());
        assertEquals(chunksBefore, chunks.count());
        long content = 3_000_000;
        long skipped = second.outcome.record().statistics().skippedBytes();
        assertTrue(skipped > content, skipped + " bytes skipped");
        // What a hole would have cost to read was not saved.
        assertTrue(skipped < first.outcome.record().statistics().contentBytes(), skipped + " bytes skipped");
        assertTrue(second.outcome.record().statistics().readBytes()
                < first.outcome.record().statistics().readBytes() - content);
        assertTreeEquals(second);
    }

    @Test
    void whatARepairPutIntoLostAndFoundIsInTheNextSnapshot() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        long large = number(test, "large");
        test.debugfs("unlink /large");
        Layer first = Layer.of(chunks, test, at(LATER), null, temp);
        TestVolume.run(
                "sh", "-c", "E2FSCK_TIME=" + LATER + " e2fsck -fy \"$1\"; test $? = 1", "sh", test.image.toString());
        Layer second = Layer.of(chunks, test, at(LATER + 9), first, temp);
        assertTrue(second.counts().fullReadReason().contains("checked since"));
        assertEquals(large, second.at("lost+found/#" + large).number());
    }

    @Test
    void theProofFindsADirectoryThatChangedWithoutATrace() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        Layer first = Layer.of(chunks, test, at(LATER), null, temp);
        long etc = number(test, "etc");
        long large = number(test, "large");
        UnaryOperator<Volume> forge =
                v -> new ForgedVolume(v).writtenAt(LATER + 9).entry(etc, "came", large);
        Layer trusting = Layer.of(chunks, test, forge, first, temp);
        assertEquals(0, trusting.counts().directoriesRead());
        Layer proving = Layer.of(chunks, chunks, test.source(), forge, first, 100, temp);
        assertEquals(1, proving.problems.size(), proving.problems.toString());
        assertTrue(proving.problems.get(0).contains("WITHOUT A TRACE"), proving.problems.get(0));
        assertEquals(large, proving.at("etc/came").number());
        assertEquals(
                proving.outcome.record().statistics().regularFiles(),
                proving.counts().filesProved());
    }

    @Test
    void theProofFindsAttributesThatChangedWithoutATrace() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        Layer first = Layer.of(chunks, test, at(LATER), null, temp);
        long small = number(test, "etc/small");
        List<Xattr> forged = List.of(new Xattr(ByteString.utf8("user.note"), ByteString.utf8("one")));
        UnaryOperator<Volume> forge =
                v -> new ForgedVolume(v).writtenAt(LATER + 9).xattrs(small, forged);
        Layer proving = Layer.of(chunks, chunks, test.source(), forge, first, 100, temp);
        assertEquals(1, proving.problems.size(), proving.problems.toString());
        assertEquals(forged, proving.at("etc/small").xattrs());
    }

    @Test
    void aFileTouchedAtTheLastMomentBeforeTheFreezeIsReadAgain() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        long now = System.currentTimeMillis() / 1000;
        Layer first = Layer.of(chunks, test, at(now + 1), null, temp);
        Layer second = Layer.of(chunks, test, at(now + 9), first, temp);
        assertEquals(0, second.counts().filesTaken());
        assertEquals(first.counts().filesRead(), second.counts().filesRead());
    }

    @Test
    void aCrashImageOrATimeThatWentBackMeansReadingEverything() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        Layer clean = Layer.of(chunks, test, at(LATER), null, temp);
        Layer dirty =
                Layer.of(chunks, test, v -> new ForgedVolume(v).writtenAt(LATER).dirty(), null, temp);
        assertEquals(
                0, Layer.of(chunks, test, at(LATER + 9), dirty, temp).counts().filesTaken());
        Layer nowDirty = Layer.of(
                chunks, test, v -> new ForgedVolume(v).writtenAt(LATER + 9).dirty(), clean, temp);
        assertEquals(0, nowDirty.counts().filesTaken());
        Layer back = Layer.of(chunks, test, at(LATER - 1), clean, temp);
        assertEquals(0, back.counts().filesTaken());
        assertTrue(back.counts().fullReadReason().contains("last written before"));
    }

    @Test
    void theProofFindsContentThatChangedWithoutATraceAndKeepsTheFresh() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        Layer first = Layer.of(chunks, test, at(LATER), null, temp);
        long large = number(test, "large");
        byte[] lie = bytes(4096);
        test.write(test.firstBlock(large) * 4096 + 8192, lie);
        Layer trusting = Layer.of(chunks, test, at(LATER + 9), first, temp);
        assertEquals(List.of(), trusting.problems);

        Layer proving = Layer.of(chunks, chunks, test.source(), at(LATER + 9), first, 100, temp);
        assertEquals(1, proving.problems.size());
        assertTrue(proving.problems.get(0).contains("inode " + large), proving.problems.get(0));
        byte[] expected = Files.readAllBytes(tree.resolve("large"));
        System.arraycopy(lie, 0, expected, 8192, 4096);
        assertArrayEquals(expected, proving.content("large"));
        assertArrayEquals(Layer.expectedImage(test), proving.image());
        assertEquals(first.counts().filesRead(), proving.counts().filesProved());
    }

    @Test
    void aRoundOfProofsComesToEveryFile() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        Layer layer = Layer.of(chunks, test, at(LATER), null, temp);
        long proved = 0;
        int rounds = 0;
        do {
            layer = Layer.of(chunks, chunks, test.source(), at(LATER + 9), layer, 10, temp);
            proved += layer.counts().filesProved();
            rounds++;
            assertTrue(rounds < 30);
        } while (layer.outcome.record().statistics().proofCursor() != 0);
        assertEquals(layer.outcome.record().statistics().regularFiles(), proved);
        assertTrue(rounds >= 10);
    }

    @Test
    void unreadableBlocksOfAFileAreReportedAndTheRestSurvives() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        long large = number(test, "large");
        long broken = test.firstBlock(large) * 4096 + 100 * 4096;
        Layer layer =
                Layer.of(chunks, chunks, new BrokenSource(test.source(), broken, broken + 4096), HONEST, null, 0, temp);
        StoredInode inode = layer.at("large");
        assertTrue(inode.unreadable());
        assertEquals(3_000_001, inode.attributes().size());
        assertEquals(2, layer.problems.size(), layer.problems.toString());
        assertTrue(layer.problems.get(0).contains("inode " + large));
        assertEquals(2, layer.outcome.record().statistics().unreadable());
        byte[] expected = Layer.expectedImage(test);
        Arrays.fill(expected, (int) broken, (int) broken + 4096, (byte) 0);
        assertArrayEquals(expected, layer.image());
        Files.delete(tree.resolve("large"));
        assertTreeEquals(layer);

        Layer healed = Layer.of(chunks, test, at(LATER), layer, temp);
        assertEquals(List.of(), healed.problems);
        assertFalse(healed.at("large").unreadable());
    }

    @Test
    void anInodeBitmapThatCannotBeReadLosesNoFile() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        String groups = TestVolume.run("dumpe2fs", test.image.toString());
        long bitmap = Long.parseLong(groups.replaceAll("(?s).*?Inode bitmap at (\\d+).*", "$1")) * 4096;
        Layer layer =
                Layer.of(chunks, chunks, new BrokenSource(test.source(), bitmap, bitmap + 1), HONEST, null, 0, temp);
        assertEquals(2, layer.problems.size(), layer.problems.toString());
        assertTrue(layer.problems.get(0).contains("inode tables"), layer.problems.get(0));
        assertTreeEquals(layer);
    }

    @Test
    void aNeighbourOfAnUnreadableSmallFileIsReadAllTheSame() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        long victim = test.firstBlock(number(test, "etc/deep/f100")) * 4096;
        Layer layer =
                Layer.of(chunks, chunks, new BrokenSource(test.source(), victim, victim + 1), HONEST, null, 0, temp);
        assertTrue(layer.at("etc/deep/f100").unreadable());
        Files.delete(tree.resolve("etc/deep/f100"));
        assertTreeEquals(layer);
    }

    @Test
    void aFileWhoseExtentsCannotBeReadIsKeptInTheImage() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        long large = number(test, "large");
        Layer layer = Layer.of(chunks, test, v -> new ForgedVolume(v).breakExtents(large), null, temp);
        assertTrue(layer.at("large").unreadable());
        assertArrayEquals(Layer.expectedImage(test), layer.image());
    }

    @Test
    void anUnchangedFileThatCannotBeReadForItsProofKeepsItsContent() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        Layer first = Layer.of(chunks, test, at(LATER), null, temp);
        long broken = test.firstBlock(number(test, "large")) * 4096;
        Layer second = Layer.of(
                chunks, chunks, new BrokenSource(test.source(), broken, broken + 1), at(LATER + 9), first, 100, temp);
        assertEquals(1, second.problems.size());
        assertTreeEquals(second);
        assertArrayEquals(Layer.expectedImage(test), second.image());
    }

    @Test
    void entriesThatLeadNowhereOrCannotBeAreLeftOutAndReported() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        long etc = number(test, "etc");
        UnaryOperator<Volume> forge = v -> new ForgedVolume(v)
                .entry(etc, "nowhere", 4000)
                .entry(etc, "journal", 8)
                .entry(etc, "sl/ash", 2)
                .entry(etc, "", 2)
                .entry(etc, "..", 2)
                .entry(etc, "small", 2);
        Layer layer = Layer.of(chunks, test, forge, null, temp);
        assertEquals(6, layer.problems.size(), layer.problems.toString());
        assertTreeEquals(layer);
        assertNull(layer.stored.lookup(layer.at("etc"), ByteString.utf8("nowhere")));
    }

    @Test
    void attributesThatCouldNotBeReadOnceAreReadTheNextTime() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        test.debugfs("ea_set /etc/small user.note one");
        long small = number(test, "etc/small");
        Layer bad =
                Layer.of(chunks, test, v -> new ForgedVolume(v).writtenAt(LATER).breakXattrs(small), null, temp);
        assertEquals(1, bad.problems.size(), bad.problems.toString());
        assertEquals(List.of(), bad.at("etc/small").xattrs());

        Layer good = Layer.of(chunks, test, at(LATER + 9), bad, temp);
        assertEquals(List.of(), good.problems);
        assertEquals(1, good.counts().filesRead());
        assertEquals(1, good.at("etc/small").xattrs().size());

        Layer third = Layer.of(chunks, test, at(LATER + 18), good, temp);
        assertEquals(0, third.counts().filesRead());
        assertEquals(1, third.at("etc/small").xattrs().size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void filesThatAllMapTheSameBlocksAreReadAsOftenAsTheVolumeHasBlocksAndNoMore(boolean sharedBlocks)
            throws Exception {
        int copies = 100;
        for (int i = 0; i < copies; i++) {
            Files.write(tree.resolve("copy" + i), new byte[] {1});
        }
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48, "-O", "^metadata_csum");
        if (sharedBlocks) {
            test.debugfs("feature shared_blocks");
        }
        byte[] image = test.bytes();
        int large = inodeAt(test, number(test, "large"));
        for (int i = 0; i < copies; i++) {
            int copy = inodeAt(test, number(test, "copy" + i));
            System.arraycopy(image, large + 4, image, copy + 4, 4); // size, blocks, flags and map
            System.arraycopy(image, large + 0x1c, image, copy + 0x1c, 8);
            System.arraycopy(image, large + 0x28, image, copy + 0x28, 60);
        }
        test.write(0, image);
        Layer layer = Layer.of(chunks, test, HONEST, null, temp);
        long blocks = 48 << 8;
        long fileBlocks = (3_000_001 + 4095) / 4096;
        assertArrayEquals(Layer.expectedImage(test), layer.image());
        if (sharedBlocks) {
            assertEquals(List.of(), layer.problems);
            return;
        }
        long damaged = 0;
        byte[] content = Files.readAllBytes(tree.resolve("large"));
        for (int i = 0; i < copies; i++) {
            if (layer.at("copy" + i).unreadable()) {
                damaged++;
            } else {
                assertArrayEquals(content, layer.content("copy" + i));
            }
        }
        assertTrue(copies - damaged <= 2 * blocks / fileBlocks, damaged + " damaged");
        assertTrue(damaged < copies - 20, damaged + " damaged");
        assertTrue(layer.problems.size() >= damaged, layer.problems.toString());
        for (String problem : layer.problems) {
            assertTrue(problem.contains("claim more than " + 2 * blocks + " blocks"), problem);
        }
        assertEquals(layer.problems.size(), Set.copyOf(layer.problems).size());
    }

    /** Byte of the image at which an inode lies. */
    private static int inodeAt(TestVolume test, long inode) throws Exception {
        Matcher place = Pattern.compile("located at block (\\d+), offset 0x([0-9a-f]+)")
                .matcher(TestVolume.run("debugfs", "-R", "imap <" + inode + ">", test.image.toString()));
        assertTrue(place.find());
        return Integer.parseInt(place.group(1)) * 4096 + Integer.parseInt(place.group(2), 16);
    }

    @Test
    void anInodeThatNoPageTakesIsKeptWithoutWhatIsTooMuchAndReported() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        long small = number(test, "etc/small");
        long slow = number(test, "slow");
        Xattr endless = new Xattr(ByteString.utf8("user.endless"), ByteString.of(new byte[(1 << 16) + 1]));
        UnaryOperator<Volume> forge = v -> new ForgedVolume(v)
                .writtenAt(LATER)
                .xattrs(small, List.of(endless))
                .symlinkTarget(slow, ByteString.of(new byte[(1 << 16) + 1]));
        Layer bad = Layer.of(chunks, test, forge, null, temp);
        assertEquals(3, bad.problems.size(), bad.problems.toString());
        assertTrue(bad.problems.get(0).contains("inode " + small + ": "), bad.problems.toString());
        assertTrue(bad.problems.get(0).contains("its attributes are not in the snapshot"), bad.problems.toString());
        assertTrue(bad.problems.get(2).contains("inode " + slow + ": cannot be read: "), bad.problems.toString());
        assertEquals(List.of(), bad.at("etc/small").xattrs());
        assertArrayEquals(Files.readAllBytes(tree.resolve("etc/small")), bad.content("etc/small"));
        assertTrue(bad.at("slow").unreadable());
        assertArrayEquals(Layer.expectedImage(test), bad.image());

        Layer good = Layer.of(chunks, test, at(LATER + 9), bad, temp);
        assertEquals(List.of(), good.problems);
        assertTreeEquals(good);
    }

    @Test
    void entriesThatWereLeftOutComeBackWhenTheirInodesDo() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        long medium = number(test, "etc/deep/er/medium");
        Layer bad =
                Layer.of(chunks, test, v -> new ForgedVolume(v).writtenAt(LATER).loseInode(medium), null, temp);
        assertEquals(2, bad.problems.size(), bad.problems.toString());
        assertNull(bad.stored.lookup(bad.at("etc/deep/er"), ByteString.utf8("medium")));

        Layer good = Layer.of(chunks, test, at(LATER + 9), bad, temp);
        assertEquals(List.of(), good.problems);
        assertTreeEquals(good);

        Layer third = Layer.of(chunks, test, at(LATER + 18), good, temp);
        assertEquals(0, third.counts().directoriesRead());
        assertTreeEquals(third);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nowhere", "sl/ash", "..", "small"})
    void aDirectoryOfWhichAnEntryWasLeftOutIsReadTheNextTime(String entry) throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        long etc = number(test, "etc");
        UnaryOperator<Volume> forge = v -> new ForgedVolume(v).writtenAt(LATER).entry(etc, entry, 4000);
        Layer bad = Layer.of(chunks, test, forge, null, temp);
        assertEquals(1, bad.problems.size(), bad.problems.toString());
        assertEquals(
                1, Layer.of(chunks, test, at(LATER + 9), bad, temp).counts().directoriesRead());
    }

    @Test
    void aDamagedPreviousSnapshotCostsReadingNotTheBackup() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        Layer first = Layer.of(chunks, test, at(LATER), null, temp);
        chunks.remove(first.outcome.record().inodes().parts().get(0).id());
        Layer fresh = first.withoutCache(chunks);
        Layer second = Layer.of(chunks, test, at(LATER + 9), fresh, temp);
        assertEquals(1, second.problems.size(), second.problems.toString());
        assertTreeEquals(second);
    }

    @Test
    void ofThePreviousSnapshotOnlyTheInodesAreRead() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        Layer first = Layer.of(chunks, test, at(LATER), null, temp);
        long before = chunks.reads();
        InodeCursor cursor = first.withoutCache(chunks).stored.inodes();
        while (cursor.next() != null) {}
        long inodesAlone = chunks.reads() - before;
        Layer.of(chunks, test, at(LATER + 9), first.withoutCache(chunks), temp);
        assertEquals(inodesAlone, chunks.reads() - before - inodesAlone);
    }

    @Test
    void oncePacksAreLostWhatLiesDeepIsMissedAndStoredAgain() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        Layer first = Layer.of(chunks, test, at(LATER), null, temp);
        assertTrue(first.at("large").content().depth() > 0);
        List<ChunkId> data = new ArrayList<>();
        first.stored.open(first.at("large")).parts(0, (offset, part) -> data.add(part.id()));
        chunks.remove(data.get(data.size() / 2));
        Layer second =
                Layer.of(chunks, chunks, test.source(), at(LATER + 9), first.withoutCache(chunks), 0, true, temp);
        assertEquals(1, second.problems.size(), second.problems.toString());
        assertEquals(1, second.counts().filesRead());
        assertTreeEquals(second);
    }

    @Test
    void aRepositoryThatFailsEndsTheBackupAndItsThreads() throws Exception {
        TestVolume test = TestVolume.make(temp.resolve("v.img"), tree, 48);
        for (int after : new int[] {0, 1, 50, 200}) {
            FailingSink sink = new FailingSink(chunks, after);
            IOException failure =
                    assertThrows(IOException.class, () -> Layer.of(chunks, sink, test.source(), HONEST, null, 0, temp));
            assertEquals("disk full", failure.getMessage());
        }
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.isAlive() && thread.getName().startsWith("varve-backup-")));
    }

    @Test
    void aRawVolumeComesBackWithItsZerosAsHoles() throws Exception {
        Path image = temp.resolve("raw.img");
        byte[] data = new byte[5_000_123];
        System.arraycopy(bytes(1_200_000), 0, data, 100_000, 1_200_000);
        System.arraycopy(bytes(500), 0, data, 4_999_623, 500);
        Files.write(image, data);
        Layer layer = Layer.raw(chunks, FileBlockSource.open(image), temp);
        assertTrue(layer.outcome.record().isRaw());
        assertArrayEquals(data, layer.image());
        assertTrue(chunks.newBytes() < 1_300_000);
        assertEquals(5_000_123, layer.outcome.record().statistics().readBytes());
    }

    @Test
    void aRawVolumeWithUnreadableBlocksIsKeptButForThem() throws Exception {
        Path image = temp.resolve("raw.img");
        byte[] data = bytes(1_000_000);
        Files.write(image, data);
        BlockSource broken = new BrokenSource(FileBlockSource.open(image), 8192, 8193);
        Layer layer = Layer.raw(chunks, broken, temp);
        Arrays.fill(data, 8192, 12288, (byte) 0);
        assertArrayEquals(data, layer.image());
        assertEquals(1, layer.problems.size());
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static UnaryOperator<Volume> at(long seconds) {
        return volume -> new ForgedVolume(volume).writtenAt(seconds);
    }

    private long number(TestVolume test, String path) throws Exception {
        String stat = TestVolume.run("debugfs", "-R", "stat /" + path, test.image.toString());
        return Long.parseLong(stat.replaceAll("(?s).*?Inode: (\\d+).*", "$1"));
    }

    private static Part last(StoredInode inode) {
        List<Part> parts = inode.content().parts();
        return parts.get(parts.size() - 1);
    }

    private void assertRestoredImageIsSound(Layer layer) throws Exception {
        Path restored = temp.resolve("restored.img");
        Files.write(restored, layer.image());
        TestVolume.run("e2fsck", "-fn", restored.toString());
    }

    /** Everything in the tree is in the layer, and nothing else but lost+found. */
    private void assertTreeEquals(Layer layer) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(tree)) {
            paths = walk.toList();
        }
        for (Path path : paths) {
            String name = tree.relativize(path).toString();
            StoredInode inode = layer.at(name);
            if (Files.isSymbolicLink(path)) {
                assertEquals(
                        Files.readSymbolicLink(path).toString(),
                        inode.symlinkTarget().toString());
            } else if (Files.isDirectory(path)) {
                assertEquals(FileType.DIRECTORY, inode.attributes().type());
                assertEquals(names(path), storedNames(layer, inode), name);
            } else {
                assertArrayEquals(Files.readAllBytes(path), layer.content(name), name);
            }
        }
    }

    private List<String> names(Path directory) throws IOException {
        try (Stream<Path> list = Files.list(directory)) {
            return list.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private List<String> storedNames(Layer layer, StoredInode directory) throws IOException {
        List<String> names = new ArrayList<>();
        layer.stored.list(directory, 0, (DirectoryEntry entry, long index) -> {
            String name = entry.name().toString();
            boolean extra = name.equals("lost+found") || isDeleted(directory, layer, name);
            if (!extra) {
                names.add(name);
            }
            return true;
        });
        return names;
    }

    /** Names that a test removed from the tree because their content is lost. */
    private boolean isDeleted(StoredInode directory, Layer layer, String name) throws IOException {
        DirectoryEntry entry = layer.stored.lookup(directory, ByteString.utf8(name));
        return layer.stored.inode(entry.inode()).unreadable();
    }
}
