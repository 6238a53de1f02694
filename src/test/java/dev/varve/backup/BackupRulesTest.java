package dev.varve.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.fs.VolumeInfo;
import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import dev.varve.snapshot.DirectoryWriter;
import dev.varve.snapshot.VolumeStatistics;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackupRulesTest {
    @Test
    void volumesAreNamedAfterTheirSources() {
        VolumeNames names = new VolumeNames();
        assertEquals("vg0-root", names.name(Path.of("/dev/vg0/root")));
        assertEquals("vg0-root-2", names.name(Path.of("/dev/mapper/vg0-root")));
        assertEquals("vol", names.name(Path.of("/x/vol.img")));
        assertEquals("vol-2", names.name(Path.of("/y/vol.raw")));
        assertEquals("vol.2024", names.name(Path.of("/y/vol.2024")));
        assertEquals("volume.img", names.name(Path.of("/y/.img")));
        assertEquals("a_b", names.name(Path.of("/y/a b")));
    }

    @Test
    void aNameIsShortEnoughForAFileInBytesToo() {
        VolumeNames names = new VolumeNames();
        Path source = Path.of("/x/" + "\u00e4".repeat(127) + ".img"); // as a path of 254 bytes comes in the byte locale
        for (int i = 0; i < 3; i++) {
            ByteString name = ByteString.utf8(names.name(source));
            assertTrue(name.length() <= 255 - ".img".length(), name.display());
            assertTrue(DirectoryWriter.isValidName(name), name.display());
        }
    }

    @Test
    void aProofRoundTakesItsShareAndGoesOnWhereItEnded() {
        ProofRound round = new ProofRound(statistics(100, 1000, 0), 1000, 3);
        assertTrue(round.takes(10, 10, true));
        assertTrue(round.takes(11, 10, true));
        assertTrue(round.takes(12, 10, true));
        assertFalse(round.takes(13, 10, true));
        assertFalse(round.takes(14, 0, true));
        assertEquals(13, round.cursor());

        ProofRound next = new ProofRound(statistics(100, 1000, 13), 1000, 3);
        assertFalse(next.takes(12, 1, true));
        assertTrue(next.takes(13, 1, true));
        assertEquals(0, next.cursor());
    }

    @Test
    void aFileLargerThanARoundHasOneForItself() {
        ProofRound round = new ProofRound(statistics(100, 1000, 0), 1000, 10);
        assertTrue(round.takes(10, 50, true));
        assertFalse(round.takes(11, 900, true));
        assertFalse(round.takes(12, 1, true));
        ProofRound next = new ProofRound(statistics(100, 1000, round.cursor()), 1000, 10);
        assertTrue(next.takes(11, 900, true));
        assertFalse(next.takes(12, 1, true));
        assertEquals(12, next.cursor());
    }

    @Test
    void aRoundIsAShareOfWhatIsAllocatedHoweverLongSparseFilesAre() {
        ProofRound round = new ProofRound(statistics(100, 1L << 50, 0), 1000, 10);
        assertTrue(round.takes(10, 60, true));
        assertFalse(round.takes(11, 60, true));
        assertEquals(11, round.cursor());
    }

    @Test
    void noneAndAllAreProofsToo() {
        ProofRound none = new ProofRound(statistics(100, 1000, 0), 1000, 0);
        assertFalse(none.takes(10, 0, true));
        ProofRound all = new ProofRound(statistics(1, 1, 50), 1000, 100);
        assertTrue(all.takes(10, 1000, true));
        assertTrue(all.takes(11, 1000, true));
        assertEquals(0, all.cursor());
    }

    @Test
    void onlyALineageThatNeverWentBackIsTrusted() {
        VolumeInfo before = info("u", 100, 3, true);
        assertNull(UnchangedRule.between(before, info("u", 100, 3, true)).obstacle());
        assertNull(UnchangedRule.between(before, info("u", 101, 4, true)).obstacle());
        assertNotNull(UnchangedRule.between(before, info("u", 99, 3, true)).obstacle());
        assertNotNull(UnchangedRule.between(before, info("u", 101, 2, true)).obstacle());
        assertNotNull(UnchangedRule.between(before, info("other", 101, 4, true)).obstacle());
        assertNotNull(UnchangedRule.between(before, info("u", 101, 4, false)).obstacle());
        assertNotNull(UnchangedRule.between(info("u", 100, 3, false), info("u", 101, 4, true))
                .obstacle());
    }

    @Test
    void problemsBeyondAThousandAreCounted() {
        ProblemLog log = new ProblemLog();
        for (int i = 0; i < 1500; i++) {
            log.add("line " + i);
        }
        assertEquals(1500, log.count());
        assertEquals(1001, log.lines().size());
        assertEquals(
                "500 more problems of this backup are not listed", log.lines().get(1000));
    }

    private static VolumeStatistics statistics(long files, long bytes, long cursor) {
        return new VolumeStatistics(files, files, bytes, 0, 0, 0, 0, 0, cursor);
    }

    @Test
    void aVolumeThatWasCheckedOrHasErrorsIsReadInFull() {
        VolumeInfo before = info("u", 100, 3, true);
        assertNotNull(UnchangedRule.between(before, info("u", 101, 3, true, 50, false))
                .obstacle());
        assertNotNull(
                UnchangedRule.between(before, info("u", 101, 3, true, 0, true)).obstacle());
        assertNotNull(UnchangedRule.between(info("u", 100, 3, true, 0, true), info("u", 101, 3, true, 0, false))
                .obstacle());
    }

    private static VolumeInfo info(String uuid, long lastWritten, int mountCount, boolean clean) {
        return info(uuid, lastWritten, mountCount, clean, 0, false);
    }

    private static VolumeInfo info(
            String uuid, long lastWritten, int mountCount, boolean clean, long lastChecked, boolean errors) {
        return new VolumeInfo(
                "ext4",
                uuid,
                ByteString.EMPTY,
                4096,
                10,
                40960,
                Timestamp.EPOCH,
                new Timestamp(lastWritten, 0),
                mountCount,
                clean,
                new Timestamp(lastChecked, 0),
                errors,
                2,
                10,
                0,
                0,
                List.of());
    }
}
