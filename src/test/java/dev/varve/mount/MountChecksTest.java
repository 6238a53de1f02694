package dev.varve.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountChecksTest {
    @TempDir
    private Path directory;

    @Test
    void missingLibfuseIsOneLineThatNamesThePackage() {
        RefusedException e = assertThrows(RefusedException.class, () -> LibFuse.load("libvarve-none.so.2"));
        assertTrue(
                e.getMessage()
                        .startsWith(
                                "libvarve-none.so.2 is not installed; on Debian and Ubuntu: apt install libfuse2 fuse3"),
                e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    @Test
    void missingDeviceIsNamed() {
        var e = assertThrows(
                RefusedException.class, () -> MountChecks.machine(directory.resolve("fuse"), "/usr/bin", directory, 0));
        assertTrue(e.getMessage().contains("modprobe fuse"), e.getMessage());
    }

    @Test
    void userNeedsFusermountAndRootDoesNot() throws IOException {
        String path = directory.toString();
        Path device = Files.createFile(directory.resolve("device"));
        Path bin = Files.createDirectory(directory.resolve("bin"));
        MountChecks.machine(device, path, bin, 0);
        var e = assertThrows(RefusedException.class, () -> MountChecks.machine(device, path, bin, 1000));
        assertTrue(e.getMessage().startsWith("fusermount is not installed"), e.getMessage());
        assertTrue(e.getMessage().contains("apt install fuse3"), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
        Path program = Files.createFile(bin.resolve("fusermount"));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        MountChecks.machine(device, path, bin, 1000);
        MountChecks.machine(device, path + ":" + bin, directory, 1000);
    }

    @Test
    void mountPointAndRepositoryMustBeApart() throws IOException {
        Path repository = directory.resolve("repo");
        var inside =
                assertThrows(RefusedException.class, () -> MountChecks.apart(repository.resolve("mnt"), repository));
        assertTrue(inside.getMessage().contains("is inside the repository"), inside.getMessage());
        assertThrows(RefusedException.class, () -> MountChecks.apart(repository, repository));
        var over = assertThrows(RefusedException.class, () -> MountChecks.apart(directory, repository));
        assertTrue(over.getMessage().contains("is inside the mount point"), over.getMessage());
        MountChecks.apart(directory.resolve("repository"), repository);
    }

    @Test
    void mountPointThatDoesNotExistIsNamed() {
        var e = assertThrows(NotFoundException.class, () -> MountChecks.resolved(directory.resolve("none")));
        assertTrue(e.getMessage().contains("mkdir"), e.getMessage());
        assertThrows(NotFoundException.class, () -> MountChecks.resolved(directory.resolve("none/below")));
        assertThrows(RefusedException.class, () -> MountChecks.resolved(Path.of("/")));
    }

    @Test
    void linkToAMountPointIsFollowed() throws IOException {
        Path place = Files.createDirectory(directory.resolve("place"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), place);
        assertEquals(place.toRealPath(), MountChecks.resolved(link));
    }

    @Test
    void mountTableKnowsVarveItsProcessAndEscapedNames() {
        MountTable table = MountTable.parse("""
                22 1 8:1 / / rw - ext4 /dev/sda1 rw
                40 22 0:50 / /mnt/with\\040space ro,nosuid shared:9 - fuse.varve varve:1 ro,user_id=0
                damaged
                """);
        MountTable.Entry entry = table.on(Path.of("/mnt/with space"));
        assertEquals("0:50", entry.device());
        assertTrue(entry.isVarve());
        assertEquals(1, entry.server().orElseThrow().pid());
        assertFalse(table.on(Path.of("/")).isVarve());
        assertTrue(table.on(Path.of("/")).server().isEmpty());
        assertEquals(null, table.on(Path.of("/mnt")));
    }

    @Test
    void othersAreLetInByRootOrByTheMachinesConfiguration() throws IOException {
        Path file = directory.resolve("fuse.conf");
        assertTrue(FuseConfiguration.mayAllowOther(0, file));
        assertFalse(FuseConfiguration.mayAllowOther(1000, file));
        Files.writeString(file, "#user_allow_other\n");
        assertFalse(FuseConfiguration.mayAllowOther(1000, file));
        Files.writeString(file, "mount_max = 9\nuser_allow_other\n");
        assertTrue(FuseConfiguration.mayAllowOther(1000, file));
    }

    @Test
    void backgroundProcessIsTheLauncherOrThisJvmAgain() {
        List<String> arguments = List.of("mount", "/mnt");
        List<String> own = List.of("java", "-Xmx1g", "-jar", "varve.jar", "mount", "/mnt");
        assertEquals(own, BackgroundMount.command(arguments, null, own));
        assertEquals(
                List.of("/usr/bin/varve", "mount", "/mnt"), BackgroundMount.command(arguments, "/usr/bin/varve", own));
    }

    @Test
    void backgroundProcessStartsFromTheCallersLocale() {
        Map<String, String> environment = new HashMap<>(
                Map.of("LC_ALL", "en_US@bytes", "LOCPATH", "/lib/varve.locale", "VARVE_CALLER_LC_ALL", "de_DE.UTF-8"));
        BackgroundMount.restoreLocale(environment);
        assertEquals(Map.of("LC_ALL", "de_DE.UTF-8"), environment);
    }

    @Test
    void logOfAMountIsNamedAfterItsPlace() {
        assertEquals(
                Path.of("/state/varve/mount-srv-backups.log"),
                BackgroundMount.defaultLog(Path.of("/srv/backups"), Map.of("XDG_STATE_HOME", "/state")));
    }

    @Test
    void logCountsWhatItLeavesOut() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        AtomicLong clock = new AtomicLong();
        ErrorLog log = new ErrorLog(new PrintStream(out, true), clock::get);
        for (int i = 0; i < ErrorLog.LINES_PER_WINDOW + 5; i++) {
            log.report("read /a", new IOException("broken"));
        }
        assertEquals(
                ErrorLog.LINES_PER_WINDOW,
                out.toString(StandardCharsets.UTF_8).lines().count());
        clock.addAndGet(ErrorLog.WINDOW_NANOS);
        log.report("read /b", new IllegalStateException("bug"));
        String text = out.toString(StandardCharsets.UTF_8);
        assertTrue(text.startsWith("varve: read /a: broken\n"), text);
        assertTrue(text.contains("read /b: java.lang.IllegalStateException: bug (5 errors before"), text);
    }
}
