package dev.varve.backup;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.device.lvm.LogicalVolumeAddress;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A logical volume that device-mapper has in use, told by what sysfs says, with a sysfs made by hand. */
class ActiveVolumeTest {
    private static final String GROUP = "LVM-" + "G".repeat(32);
    private static final Set<String> IDS = Set.of(GROUP + "r".repeat(32), GROUP + "s".repeat(32));

    @TempDir
    Path directory;

    private Path disk;
    private LogicalVolumeAddress address;
    private SourceChecks checks;

    @BeforeEach
    void makeSysfs() throws IOException {
        disk = Files.createFile(directory.resolve("disk.img"));
        address = LogicalVolumeAddress.parse("pv:" + disk + ":vg0/root");
        write("7:3/loop/backing_file", disk.toString());
        write("8:0/dev", "8:0");
        checks = new SourceChecks(directory.resolve("mountinfo"), directory.resolve("sys"));
    }

    private void write(String path, String content) throws IOException {
        Path file = directory.resolve("sys").resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content + "\n");
    }

    private void mapped(String device, String uuid, String below) throws IOException {
        write(device + "/dm/uuid", uuid);
        write(device + "/dm/name", "vg0-root");
        write(device + "/slaves/x/dev", below);
    }

    private void assertActive() {
        RefusedException e = assertThrows(RefusedException.class, () -> checks.requireNotActive(disk, address, IDS));
        assertEquals(
                address + " is active on this machine as /dev/mapper/vg0-root and may change while it is read: back up"
                        + " /dev/vg0/root, or run vgchange -an vg0 first",
                e.getMessage());
    }

    @Test
    void anActiveVolumeIsRefused() throws IOException {
        mapped("253:0", GROUP + "r".repeat(32), "7:3");
        assertActive();
    }

    @Test
    void soIsOneOfWhichAPartIsActiveThroughOthers() throws IOException {
        mapped("253:0", GROUP + "x".repeat(32), "7:3");
        mapped("253:1", GROUP + "s".repeat(32) + "-cow", "253:0");
        assertActive();
    }

    @Test
    void othersOnTheDiskAndCopiesOnOtherDisksAreNoObstacle() throws IOException {
        mapped("253:0", GROUP + "x".repeat(32), "7:3");
        mapped("253:1", GROUP + "r".repeat(32), "8:0");
        mapped("253:2", "CRYPT-LUKS2-x", "7:3");
        assertDoesNotThrow(() -> checks.requireNotActive(disk, address, IDS));
    }

    @Test
    void anImageThatNoDeviceHasIsNotActive() throws IOException {
        mapped("253:0", GROUP + "r".repeat(32), "7:3");
        Path other = Files.createFile(directory.resolve("other.img"));
        assertDoesNotThrow(() -> checks.requireNotActive(other, address, IDS));
    }
}
