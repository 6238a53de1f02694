package dev.varve.backup;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.fs.VolumeInfo;
import dev.varve.model.NoSpaceException;
import dev.varve.testing.StoredInodes;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpaceCheckTest {
    /** 800 of its blocks are free. */
    private static VolumeInfo allocated(long bytes) {
        return StoredInodes.info(bytes + 800 * 4096, 4096);
    }

    @Test
    void aFirstBackupNeedsATenthOfWhatIsAllocated() {
        List<VolumeInfo> volumes = List.of(allocated(4096L * 1_000_000), allocated(4096L * 1000));
        long wanted = 4096L * 100_000 + 4096 * 100;
        assertDoesNotThrow(() -> SpaceCheck.require("/repo", wanted, volumes, true));
        NoSpaceException e =
                assertThrows(NoSpaceException.class, () -> SpaceCheck.require("/repo", wanted - 7, volumes, true));
        assertEquals(
                "/repo: disk full: " + wanted + " bytes wanted at least for this backup, " + (wanted - 7)
                        + " bytes free, so 7 are missing; free some there, or varve forget old snapshots and varve prune",
                e.getMessage());
    }

    @Test
    void aLaterOneNeedsAMargin() {
        List<VolumeInfo> large = List.of(allocated(4096L * 1_000_000_000));
        assertDoesNotThrow(() -> SpaceCheck.require("/repo", 16 << 20, large, false));
        assertThrows(NoSpaceException.class, () -> SpaceCheck.require("/repo", (16 << 20) - 1, large, false));
        assertDoesNotThrow(() -> SpaceCheck.require("/repo", 4096 * 100, List.of(allocated(4096 * 800)), false));
    }

    @Test
    void whereTheRoomIsNotKnownNothingIsRefused() {
        assertDoesNotThrow(() -> SpaceCheck.require("s3", -1, List.of(allocated(1L << 40)), true));
        assertDoesNotThrow(() -> SpaceCheck.require("/repo", 0, List.of(), true));
    }
}
