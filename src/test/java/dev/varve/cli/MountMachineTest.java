package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.repository.Repository;
import dev.varve.testing.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code varve mount} where something that it needs is not there: hidden from one process in a mount namespace of its own. */
@Tag("root")
class MountMachineTest {
    private static final String HIDE_LIBFUSE = "ldconfig=$(command -v ldconfig || echo /sbin/ldconfig);"
            + " for library in $($ldconfig -p | sed -n 's/.*libfuse\\.so\\.2 .*=> //p'); do"
            + " mount --bind /dev/null \"$library\"; done";

    /** Java itself needs some of the others. */
    private static final String HIDE_DEVICE = "mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3"
            + " && mknod -m 666 /dev/zero c 1 5 && mknod -m 666 /dev/random c 1 8 && mknod -m 666 /dev/urandom c 1 9";

    @TempDir
    Path temp;

    private Path repository;
    private Path place;

    @BeforeEach
    void makeRepository() throws IOException {
        repository = temp.resolve("repository");
        Repository.create(repository, null).close();
        place = Files.createDirectory(temp.resolve("place"));
    }

    private Shell.Outcome mount(String hide, String... options) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String script = "set -e; " + hide + "; exec \"$@\"";
        List<String> command =
                new java.util.ArrayList<>(List.of("unshare", "-m", "sh", "-c", script, "sh", java, "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dfile.encoding=ISO-8859-1", Varve.class.getName()));
        command.addAll(List.of("mount", "--repo", repository.toString()));
        command.addAll(List.of(options));
        command.add(place.toString());
        return Shell.run(temp, Map.of("XDG_STATE_HOME", temp.resolve("state").toString()), command);
    }

    private static void assertRefused(Shell.Outcome outcome, String start, String advice) {
        assertEquals(ErrorReport.FAILED, outcome.code(), outcome.output());
        assertEquals(1, outcome.output().lines().count(), outcome.output());
        assertTrue(outcome.output().startsWith("varve: " + start), outcome.output());
        assertTrue(outcome.output().contains(advice), outcome.output());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void withoutLibfuseAMountIsOneLineThatNamesThePackageAndCode1(boolean foreground) throws IOException {
        String[] options = foreground ? new String[] {"--foreground"} : new String[0];
        assertRefused(mount(HIDE_LIBFUSE, options), "libfuse.so.2 is not installed", "apt install libfuse2");
    }

    @Test
    void withoutTheDeviceAMountIsOneLineThatNamesItAndCode1() throws IOException {
        assertRefused(mount(HIDE_DEVICE), "/dev/fuse is missing", "modprobe fuse");
    }
}
