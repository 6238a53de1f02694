package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bytes.Checksums;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandErrorsTest {
    @TempDir
    Path directory;

    private Path repository;
    private Map<String, String> environment;

    @BeforeEach
    void name() {
        repository = directory.resolve("repository");
        environment = Map.of("VARVE_REPO", repository.toString(), "VARVE_PASSWORD", "right");
    }

    @Test
    void wrongUsageIsOneLineAndCode2() {
        expect(2, "Name a command; see varve help");
        expect(2, "No repository: give --repo or set VARVE_REPO; see varve help snapshots", Map.of(), "snapshots");
        expect(2, "Unknown option: '--nonsense'; see varve help snapshots", "snapshots", "--nonsense");
        expect(2, "Missing required parameter: 'NAME[:/PATH]'; see varve help ls", "ls");
        expect(2, "Missing required option: '--target=DIR'; see varve help restore", "restore", "latest");
        expect(
                2,
                "The path in 'latest:etc' must start with /: write NAME[:/PATH]; see varve help ls",
                "ls",
                "latest:etc");
        expect(2, "No snapshot named in ':/etc': write NAME[:/PATH]; see varve help ls", "ls", ":/etc");
        expect(
                2,
                "Two snapshots, a and b: restore them one by one; see varve help restore",
                "restore",
                "a:/x",
                "b:/y",
                "--target",
                "t");
        expect(2, "--read-data is a percentage, 0 to 100; see varve help check", "check", "--read-data=101");
        expect(
                2,
                "With several sources each needs its mount point: a=/WHERE; see varve help backup",
                "backup",
                "a",
                "b=/b");
        expect(
                2,
                "'yesterday' is no time: write 2024-05-01T02:00:00Z, or local 2024-05-01T02:00; see varve help backup",
                "backup",
                "--at",
                "yesterday",
                "vol.img");
        expect(2, "Say add, remove or list; see varve help key", "key");
        CommandRun unknown = CommandRun.of(environment, "frobnicate");
        assertEquals(2, unknown.code());
        assertTrue(unknown.err().startsWith("varve: Unmatched argument at index 0: 'frobnicate'"), unknown.err());
        assertEquals(1, unknown.err().lines().count());
    }

    @Test
    void anArgumentsBytesAreShownOrEscaped() {
        assertTrue(CommandRun.of(environment, "caf\u00c3\u00a9").err().contains("'caf\u00e9'"), "UTF-8 as it is");
        assertTrue(CommandRun.of(environment, "caf\u00e9\u0081").err().contains("caf\\xe9\\x81"), "no text: escaped");
    }

    @Test
    void noRepository() throws IOException {
        expect(1, repository + ": no such directory; make a repository there with varve init", "snapshots");
        Files.createDirectory(repository);
        expect(1, repository + " is not a repository; make one with varve init", "snapshots");
    }

    @Test
    void wrongPasswordAndPasswordsFromFilesAndCommands() throws IOException {
        assertEquals(0, CommandRun.of(environment, "init").code());
        Map<String, String> wrong = Map.of("VARVE_REPO", repository.toString(), "VARVE_PASSWORD", "wrong");
        expect(1, "wrong password for the repository in " + repository, wrong, "snapshots");
        Path file = Files.writeString(directory.resolve("password"), "right\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Map<String, String> byFile =
                Map.of("VARVE_REPO", repository.toString(), "VARVE_PASSWORD_FILE", file.toString());
        expect(0, "no snapshots yet; make one with varve backup", byFile, "snapshots");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        CommandRun warned = CommandRun.of(byFile, "snapshots", "--json");
        assertEquals("varve: warning: others may read the password in " + file + "; chmod 600 it\n", warned.err());
        assertEquals("[]\n", warned.out());
        Map<String, String> byCommand =
                Map.of("VARVE_REPO", repository.toString(), "VARVE_PASSWORD_COMMAND", "echo ri\"gh\"t | cat");
        assertEquals(0, CommandRun.of(byCommand, "snapshots").code());
        Path inside = repository.resolve("x.img");
        expect(
                1,
                inside + " lies in the repository; give another --output",
                "image",
                "latest",
                "--output",
                inside + "");
        Map<String, String> failing = Map.of("VARVE_REPO", repository.toString(), "VARVE_PASSWORD_COMMAND", "exit 7");
        expect(1, "VARVE_PASSWORD_COMMAND ended with exit code 7", failing, "snapshots");
        Map<String, String> none =
                Map.of("VARVE_REPO", repository.toString(), "VARVE_PASSWORD_FILE", directory + "/none");
        expect(1, directory + "/none: no such file or directory", none, "snapshots");
        expect(
                1,
                "the password is empty; an empty password protects nothing",
                Map.of("VARVE_REPO", repository.toString(), "VARVE_PASSWORD_FILE", "/dev/null"),
                "snapshots");
        expect(1, "no snapshot of host web1 in this repository", "ls", "latest", "--host", "web1");
        expect(1, repository + " is a repository already", "init");
    }

    @Test
    void targetsThatWouldDoHarmAreRefused() throws IOException {
        assertEquals(0, CommandRun.of(environment, "init").code());
        for (String target : List.of("", "/new", "/packs/../new/er")) {
            String inside = repository + target;
            expect(
                    1,
                    inside + " lies in the repository; give another --target",
                    "restore",
                    "latest",
                    "--target",
                    inside);
        }
        expect(
                1,
                "the target is /: files of the running system would be replaced; if you mean it, add --in-place",
                "restore",
                "latest",
                "--target",
                "/");
        Path file = Files.createFile(directory.resolve("file"));
        expect(
                1,
                file + " is not a directory; give a directory as --target",
                "restore",
                "latest",
                "--target",
                file.toString());
    }

    @Test
    void keysAreAddedListedAndRemovedButNeverTheLast() throws IOException {
        assertEquals(0, CommandRun.of(environment, "init").code());
        Map<String, String> both =
                Map.of("VARVE_REPO", repository.toString(), "VARVE_PASSWORD", "right", "VARVE_NEW_PASSWORD", "second");
        CommandRun added = CommandRun.of(both, "key", "add", "--label", "safe");
        assertEquals(0, added.code(), added.err());
        String id = added.out().strip().replace("added key ", "");
        CommandRun listed = CommandRun.of(environment, "key", "list");
        assertEquals(3, listed.out().lines().count());
        assertTrue(listed.out().contains(id) && listed.out().contains("safe"), listed.out());
        Map<String, String> second = Map.of("VARVE_REPO", repository.toString(), "VARVE_PASSWORD", "second");
        assertEquals(0, CommandRun.of(second, "snapshots").code());
        assertEquals(0, CommandRun.of(environment, "key", "remove", id).code());
        expect(1, "wrong password for the repository in " + repository, second, "snapshots");
        expect(1, "no key " + id + "; see varve key list", "key", "remove", id);
        String first = CommandRun.of(environment, "key", "list")
                .out()
                .lines()
                .toList()
                .get(1)
                .split(" ")[0];
        CommandRun last = CommandRun.of(environment, "key", "remove", first);
        assertEquals(1, last.code());
        assertTrue(last.err().contains("is the last one"), last.err());
    }

    @Test
    void aRepositoryOfANewerFormatIsNamed() throws IOException {
        assertEquals(0, CommandRun.of(environment, "init", "--unencrypted").code());
        Path config = repository.resolve("config");
        byte[] bytes = Files.readAllBytes(config);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putShort(8, (short) 2);
        int crc = Checksums.crc32c(bytes, 0, bytes.length - 4);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length - 4, crc);
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-------"));
        Files.write(config, bytes);
        expect(1, config + ": found repository format 2, this varve reads format 1; use a newer varve", "snapshots");
    }

    @Test
    void helpIsThereForEveryCommand() {
        CommandRun help = CommandRun.of(environment, "help");
        assertEquals(0, help.code(), help.err());
        for (String command :
                List.of("init", "backup", "mount", "umount", "snapshots", "ls", "restore", "image", "check", "key")) {
            assertTrue(help.out().contains("  " + command + " "), command);
            CommandRun own = CommandRun.of(environment, "help", command);
            assertEquals(0, own.code(), own.err());
            assertTrue(own.out().contains("varve " + command), own.out());
            assertEquals(
                    own.out(), CommandRun.of(environment, command, "--help").out());
        }
        assertEquals(
                "varve (not from a jar)\n",
                CommandRun.of(environment, "--version").out());
    }

    @Test
    void aReaderThatLeavesEndsTheCommandQuietly() {
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        var err = new java.io.ByteArrayOutputStream();
        int code = Varve.run(new CliContext(environment, new Terminal(closed, err), List.of("--version"), 1));
        assertEquals(0, code);
        assertEquals("", err.toString(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void whatOnlyTheMachineCanGetWrongIsNamedToo() {
        assertTrue(ErrorReport.message(new OutOfMemoryError("Java heap space")).contains("VARVE_JAVA_OPTS=-Xmx1g"));
        Throwable link = new ExceptionInInitializerError(new UnsatisfiedLinkError("failed to map segment"));
        assertTrue(ErrorReport.message(link).contains("noexec"), ErrorReport.message(link));
        assertTrue(ErrorReport.message(new IllegalStateException("x")).startsWith("internal error: "));
        assertFalse(Terminal.oneLine("a\nb\u001b[1m").contains("\n"));
    }

    private void expect(int code, String line, String... words) {
        expect(code, line, environment, words);
    }

    private static void expect(int code, String line, Map<String, String> environment, String... words) {
        CommandRun run = CommandRun.of(environment, words);
        assertEquals("varve: " + line + "\n", run.err());
        assertEquals(code, run.code());
    }
}
