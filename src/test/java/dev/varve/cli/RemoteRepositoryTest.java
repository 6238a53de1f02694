package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.testing.S3Server;
import dev.varve.testing.Shell;
import dev.varve.testing.SshServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on repositories that are elsewhere. */
class RemoteRepositoryTest {
    private static final String APPEND_ONLY =
            "-u 0277 -P remove,rmdir,rename,posix-rename,setstat,fsetstat,lsetstat,symlink";

    @TempDir
    Path directory;

    private Path volume;

    /** Three MB that don't compress, and a few names. */
    @BeforeEach
    void makeVolume() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Shell.sh(
                directory,
                "mkdir -p files/etc && echo one > files/etc/hosts && head -c 3000000 /dev/urandom > files/random"
                        + " && mke2fs -q -t ext4 -d files vol.img 16M");
        volume = directory.resolve("vol.img");
    }

    private Map<String, String> environment(String repository, String machine) {
        return Map.of(
                "VARVE_REPO",
                repository,
                "VARVE_PASSWORD",
                "p",
                "XDG_CACHE_HOME",
                directory.resolve("cache-" + machine).toString());
    }

    private static CommandRun done(Map<String, String> environment, String... words) {
        CommandRun run = CommandRun.of(environment, words);
        assertEquals(0, run.code(), run.err());
        assertEquals("", run.err());
        return run;
    }

    private static void fails(String line, Map<String, String> environment, String... words) {
        CommandRun run = CommandRun.of(environment, words);
        assertEquals(1, run.code(), run.out());
        assertEquals("varve: " + line + "\n", run.err());
    }

    private void backUp(Map<String, String> environment, String at, String host) {
        done(environment, "backup", "--at", at, "--host", host, volume + "=/");
    }

    /** What one machine backs up another reads with nothing but address and password. */
    private void everyCommandWorks(String address, String shown, String notThere) throws IOException {
        Map<String, String> one = environment(address, "one");
        fails(shown + notThere, one, "snapshots");
        assertTrue(done(one, "init").out().contains(" in " + shown));
        fails(shown + " is a repository already", one, "init");
        backUp(one, "2024-05-01T02:00:00Z", "h");
        backUp(one, "2024-05-02T02:00:00Z", "h");
        assertTrue(Files.isDirectory(
                onlyChild(directory.resolve("cache-one/varve")).resolve("index")));

        Map<String, String> two = environment(address, "two");
        assertEquals(
                3,
                done(two, "snapshots").out().lines().count(),
                done(two, "snapshots").out());
        assertTrue(done(two, "ls", "2024-05-01:/etc").out().contains("hosts"));
        done(
                two,
                "restore",
                "2024-05-02:/",
                "--target",
                directory.resolve("out").toString());
        assertEquals(-1, Files.mismatch(directory.resolve("files/random"), directory.resolve("out/random")));
        done(
                two,
                "image",
                "2024-05-01",
                "--output",
                directory.resolve("out.img").toString());
        assertEquals(Files.size(volume), Files.size(directory.resolve("out.img")));
        done(two, "check", "--read-data");
        assertTrue(done(two, "key", "list").out().contains("first"));
        CommandRun wrong = CommandRun.of(with(two, "VARVE_PASSWORD", "wrong"), "snapshots");
        assertEquals("varve: wrong password for the repository in " + shown + "\n", wrong.err());
    }

    private static Map<String, String> with(Map<String, String> environment, String name, String value) {
        Map<String, String> changed = new HashMap<>(environment);
        changed.put(name, value);
        return changed;
    }

    private static Path onlyChild(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            List<Path> all = children.toList();
            assertEquals(1, all.size());
            return all.get(0);
        }
    }

    @Test
    void everyCommandWorksOnAnSshServer() throws Exception {
        try (SshServer server = SshServer.start(directory.resolve("sshd"))) {
            Path repository = directory.resolve("repo");
            everyCommandWorks(
                    server.address(repository) + "&upload-limit=1G&download-limit=1G",
                    "sftp://" + server.user() + "@127.0.0.1:" + server.port() + repository,
                    ": no such directory; make a repository there with varve init");
        }
    }

    @Test
    void everyCommandWorksOnAnS3Server() throws Exception {
        try (S3Server server = S3Server.start(directory.resolve("s3"))) {
            everyCommandWorks(
                    server.address("backups"),
                    "s3://" + S3Server.BUCKET + "/backups",
                    " is not a repository; make one with varve init");
        }
    }

    @Test
    void twoMachinesAtOnceStoreWhatTheyShareWithAnEarlierBackupOnce() throws Exception {
        try (S3Server server = S3Server.start(directory.resolve("s3"))) {
            String address = server.address("shared");
            done(environment(address, "first"), "init");
            backUp(environment(address, "first"), "2024-05-01T02:00:00Z", "first");
            long before = stored();
            ExecutorService threads = Executors.newFixedThreadPool(2);
            try {
                List<Future<?>> backups = Stream.of("one", "two")
                        .<Future<?>>map(machine -> threads.submit(
                                () -> backUp(environment(address, machine), "2024-05-01T02:00:00Z", machine)))
                        .toList();
                for (Future<?> backup : backups) {
                    backup.get();
                }
            } finally {
                threads.shutdownNow();
            }
            assertTrue(stored() - before < 300_000, before + " bytes grew to " + stored());
            Map<String, String> third = environment(address, "third");
            assertEquals(4, done(third, "snapshots").out().lines().count());
            done(third, "check", "--read-data");
        }
    }

    private long stored() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("s3"))) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @Test
    @Tag("root")
    void aMachineThatMayOnlyAddBacksUpAndDeletesNothing() throws Exception {
        Path repository = directory.resolve("repo");
        try (SshServer admin = SshServer.start(directory.resolve("admin"))) {
            done(environment(admin.address(repository), "admin"), "init");
        }
        Shell.sh(directory, "chown -R nobody repo");
        try (SshServer server = SshServer.start(directory.resolve("sshd"), "nobody", APPEND_ONLY)) {
            Map<String, String> machine = environment(server.address(repository), "machine");
            backUp(machine, "2024-05-01T02:00:00Z", "h");
            backUp(machine, "2024-05-02T02:00:00Z", "h");
            done(machine, "check", "--read-data");
            done(with(machine, "VARVE_NEW_PASSWORD", "q"), "key", "add");
            String first = done(machine, "key", "list")
                    .out()
                    .lines()
                    .skip(1)
                    .findFirst()
                    .get()
                    .split(" ")[0];
            CommandRun removed = CommandRun.of(machine, "key", "remove", first);
            assertEquals(1, removed.code());
            assertTrue(removed.err().endsWith("/keys/" + first + ": cannot write: permission denied\n"), removed.err());
            done(machine, "snapshots");
        }
    }

    @Test
    void whatIsNoRepositoryIsOneLine() throws Exception {
        fails(
                "ftp:// is no kind of repository; give a directory, sftp://user@host/path or s3://bucket/prefix",
                environment("ftp://host/a", "one"),
                "snapshots");
        fails(
                "s3://bucket: there is no setting colour for such a repository",
                environment("s3://bucket?colour=blue", "one"),
                "snapshots");
        fails(
                "upload-limit is bytes a second, such as 500K or 5M, not fast",
                environment("s3://bucket?upload-limit=fast", "one"),
                "snapshots");
        fails("the address says region twice", environment("s3://bucket?region=a&region=b", "one"), "snapshots");
        CommandRun away = CommandRun.of(environment("sftp://anna@127.0.0.1:1/a", "one"), "snapshots");
        assertEquals(1, away.code());
        assertEquals(
                "varve: sftp://anna@127.0.0.1:1/a: nothing answers at 127.0.0.1 port 1; is the SSH server up?\n",
                away.err());
        try (S3Server server = S3Server.start(directory.resolve("s3"))) {
            S3Server.giveKeys("AKIANOBODY", "x");
            CommandRun keys = CommandRun.of(environment(server.address("a"), "one"), "snapshots");
            assertEquals(1, keys.code());
            assertTrue(keys.err().contains("does not know this access key"), keys.err());
            assertEquals(1, keys.err().lines().count());
        }
        assertFalse(Files.exists(directory.resolve("cache-one/varve/index")));
    }

    @Test
    void aPlaceThatHasAnythingElseIsRefused() throws Exception {
        try (SshServer server = SshServer.start(directory.resolve("sshd"))) {
            Path repository = Files.createDirectories(directory.resolve("repo"));
            Files.createFile(repository.resolve("letter.txt"));
            CommandRun run = CommandRun.of(environment(server.address(repository), "one"), "init");
            assertEquals(1, run.code());
            assertTrue(run.err().contains("is not empty: it has letter.txt"), run.err());
        }
    }
}
