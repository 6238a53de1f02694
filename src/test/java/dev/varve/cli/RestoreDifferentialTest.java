package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.testing.FileTrees;
import dev.varve.testing.Shell;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backs up an ext4 volume with one of everything, by the commands, and holds what comes back against the kernel's view of it. */
@Tag("root")
class RestoreDifferentialTest {
    @TempDir
    Path directory;

    private Path source;
    private Path mounted;
    private Map<String, String> environment;

    @BeforeEach
    void backUp() throws IOException {
        source = directory.resolve("vol.img");
        mounted = Files.createDirectory(directory.resolve("mounted"));
        Shell.sh(directory, "truncate -s 192M vol.img && mkfs.ext4 -q -F vol.img && mount -o loop vol.img mounted");
        try (InputStream in = RestoreDifferentialTest.class.getResourceAsStream("/dev/varve/restore/fill-volume.sh")) {
            String script = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            Shell.sh(mounted, script);
        } finally {
            Shell.sh(directory, "umount mounted");
        }
        environment = Map.of("VARVE_REPO", directory.resolve("repository").toString(), "VARVE_PASSWORD", "p");
        assertEquals(0, CommandRun.of(environment, "init").code());
        CommandRun run =
                CommandRun.of(environment, "backup", "--at", "2024-05-01T02:00:00Z", "--host", "h", source + "=/");
        assertEquals(0, run.code(), run.err());
    }

    @AfterEach
    void unlock() throws IOException {
        Shell.sh(
                directory,
                "for d in target other; do [ ! -d $d ] || chattr -R -f -ia $d || true; done; umount mounted 2>/dev/null || true");
    }

    @Test
    void everyAttributeComesBackAndASecondRunChangesNothing() throws IOException {
        Path target = directory.resolve("target");
        CommandRun run = restore("2024-05-01");
        assertEquals("", run.err());
        assertEquals(0, run.code());
        Shell.sh(directory, "mount -o loop,ro vol.img mounted");
        Map<String, FileTrees.Entry> expected = FileTrees.describe(mounted);
        assertEquals(lines(expected), lines(FileTrees.describe(target)));
        assertTrue(expected.size() > 35, "the volume was filled");
        Shell.sh(directory, "cmp -s -i 5000000000 -n 4 mounted/home/sparse target/home/sparse");
        CommandRun again = restore("2024-05-01");
        assertEquals(0, again.code(), again.err());
        assertTrue(again.out().contains(", 0 B, 25 were there already"), again.out());
        assertEquals(lines(expected), lines(FileTrees.describe(target)));
        Shell.sh(directory, "umount mounted");
    }

    @Test
    void theImageIsCleanAndEqualWhereBlocksAreInUse() throws IOException {
        CommandRun run = CommandRun.of(
                environment,
                "image",
                "latest",
                "--output",
                directory.resolve("back.img").toString());
        assertEquals(0, run.code(), run.err());
        Shell.sh(directory, "e2fsck -fn back.img");
        Shell.sh(directory, "mount -o loop,ro vol.img mounted");
        Map<String, FileTrees.Entry> expected = FileTrees.describe(mounted);
        Shell.sh(directory, "umount mounted && mount -o loop,ro back.img mounted");
        assertEquals(lines(expected), lines(FileTrees.describe(mounted)));
        Shell.sh(directory, "umount mounted");
    }

    @Test
    void aFullDiskIsOneLineAndTheNextRunGoesOn() throws IOException {
        Path target = Files.createDirectory(directory.resolve("target"));
        Shell.sh(directory, "mount -t tmpfs -o size=8m tmpfs target");
        try {
            CommandRun run = restore("latest:/home/user");
            assertEquals(1, run.code());
            assertEquals(
                    "varve: " + target
                            + ": no space left; make room and run the same command again, it goes on where it stopped\n",
                    run.err());
            Shell.sh(directory, "mount -o remount,size=100m target");
            CommandRun again = restore("latest:/home/user");
            assertTrue(again.code() == 0 || again.code() == 3, again.err());
            Shell.sh(directory, "test $(stat -c %s target/home/user/huge) = 36000000");
            Shell.sh(directory, "test -z \"$(find target -name '.varve-restore-*')\"");
        } finally {
            Shell.sh(directory, "umount target");
        }
    }

    @Test
    void withoutRightsAllElseIsRestoredAndTheRestIsNamedOnce() throws IOException {
        Path target = Files.createDirectory(directory.resolve("target"));
        Shell.sh(directory, "chown 65534:65534 target && chmod 755 . && chmod -R a+rX repository");
        List<String> command = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "--inh-caps=-all,+dac_read_search",
                "--ambient-caps=-all,+dac_read_search",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Dfile.encoding=ISO-8859-1",
                "-Dsun.jnu.encoding=ISO-8859-1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "dev.varve.cli.Varve",
                "restore",
                "--host",
                "h",
                "latest",
                "--target",
                target.toString()));
        Map<String, String> asNobody = new TreeMap<>(environment);
        asNobody.put(
                "XDG_CACHE_HOME",
                Files.createDirectory(directory.resolve("cache")).toString());
        Shell.Outcome outcome = Shell.run(directory, asNobody, command);
        assertEquals(3, outcome.code(), outcome.output());
        List<String> lines =
                outcome.output().lines().filter(l -> l.startsWith("varve: ")).toList();
        for (String kind :
                List.of("owners", "device nodes", "file capabilities", "trusted.* attributes", "inode flags")) {
            assertEquals(
                    1,
                    lines.stream()
                            .filter(l -> l.contains(" " + kind + " could not be set, first that of /"))
                            .count(),
                    kind + "\n" + outcome.output());
        }
        assertTrue(lines.get(0).endsWith("; restore as root to keep them"), lines.get(0));
        Shell.sh(directory, "cmp target/etc/passwd target/etc/passwd && test -f target/home/user/huge");
        Shell.sh(directory, "test $(stat -c %a target/home/setuid) = 755"); // never someone else's setuid
        assertFalse(Files.exists(target.resolve("home/null")));
    }

    private CommandRun restore(String what) {
        return CommandRun.of(
                environment,
                "restore",
                what,
                "--host",
                "h",
                "--target",
                directory.resolve("target").toString());
    }

    private static String lines(Map<String, FileTrees.Entry> entries) {
        StringBuilder text = new StringBuilder();
        entries.forEach(
                (path, entry) -> text.append(path).append(' ').append(entry).append('\n'));
        return text.toString();
    }
}
