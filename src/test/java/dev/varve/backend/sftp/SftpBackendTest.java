package dev.varve.backend.sftp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.Backend;
import dev.varve.backend.BackendContract;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.Patience;
import dev.varve.backend.Retries;
import dev.varve.backend.RetryPolicy;
import dev.varve.backend.RetryingBackend;
import dev.varve.backend.StoredObject;
import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import dev.varve.model.RefusedException;
import dev.varve.model.VarveException;
import dev.varve.testing.SshServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SftpBackendTest extends BackendContract {
    private static final Retries RETRIES =
            Retries.of(new RetryPolicy(6, Duration.ofMillis(100), Duration.ofSeconds(2)));

    @TempDir
    static Path servers;

    @TempDir
    Path directory;

    private static SshServer server;

    @BeforeAll
    static void start() throws Exception {
        server = SshServer.start(servers.resolve("common"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    protected Backend newBackend() throws IOException {
        return SftpBackend.create(connector(location(null)), root(), RETRIES);
    }

    private String root() {
        return directory.resolve("repo/nested").toString();
    }

    private SftpLocation location(Path identity) {
        return new SftpLocation("127.0.0.1", server.user(), server.port(), root(), identity, server.knownHosts());
    }

    private static SshConnector connector(SftpLocation location) {
        return new SshConnector(location, server.home(), null);
    }

    @Test
    void filesAreTheOwnersAloneAndNothingIsLeftBehind() throws IOException {
        try (Backend backend = newBackend()) {
            backend.put("packs/ab/x", ByteBuffer.allocate(1));
            assertThrows(IOException.class, () -> backend.put("packs/ab/x", ByteBuffer.allocate(1)));
            try (ObjectWriter writer = backend.create(PackKind.DATA)) {
                writer.write(ByteBuffer.allocate(1));
            }
        }
        Path root = Path.of(root());
        assertEquals("rw-------", permissions(root.resolve("packs/ab/x")));
        for (String made : List.of("", "packs", "packs/ab", "packs/00", "packs/ff", "keys", "snapshots", "tmp")) {
            assertEquals("rwx------", permissions(root.resolve(made)), made);
        }
        try (Stream<Path> left = Files.list(root.resolve("tmp"))) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void whatIsADayOldInTheTemporaryDirectoryIsSweptAndNothingElse() throws IOException {
        try (Backend backend = newBackend()) {
            Path temporaries = Path.of(root()).resolve("tmp");
            Path stale = Files.createFile(temporaries.resolve("stale"));
            Path young = Files.createFile(temporaries.resolve("young"));
            Files.setLastModifiedTime(stale, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
            Files.setLastModifiedTime(young, FileTime.from(Instant.now().minus(Duration.ofHours(23))));
            backend.put("a", ByteBuffer.allocate(1));
            assertFalse(Files.exists(stale));
            assertTrue(Files.exists(young));
        }
    }

    @Test
    void aMissingDirectoryIsNotFound() {
        NotFoundException e = assertThrows(
                NotFoundException.class, () -> SftpBackend.open(connector(location(null)), root() + "/none", RETRIES));
        assertTrue(e.getMessage().contains("varve init"), e.getMessage());
    }

    /** The connection is cut again and again while objects are written and read. */
    @Test
    void aConnectionThatIsLostIsMadeAnewAndNothingIsLostWithIt() throws Exception {
        byte[] content = new byte[9_000_000];
        new Random(5).nextBytes(content);
        try (Backend backend = new RetryingBackend(newBackend(), RETRIES);
                ObjectWriter writer = backend.create(PackKind.DATA)) {
            for (int at = 0; at < content.length; at += 1_000_000) {
                writer.write(ByteBuffer.wrap(content, at, 1_000_000));
                if (at % 3_000_000 == 0) {
                    server.dropConnections();
                }
            }
            server.restart();
            writer.commit("packs/ab/cut");
            server.dropConnections();
            ByteBuffer target = ByteBuffer.allocate(content.length + 1);
            assertEquals(content.length, backend.read("packs/ab/cut", 0, target));
            assertEquals(ByteBuffer.wrap(content), target.flip());
            server.dropConnections();
            List<StoredObject> seen = new ArrayList<>();
            backend.list("", seen::add);
            assertEquals(List.of(new StoredObject("packs/ab/cut", content.length)), seen);
            server.dropConnections();
            assertEquals(content.length, backend.size("packs/ab/cut"));
            server.dropConnections();
            backend.delete("packs/ab/cut");
        }
    }

    @Test
    void aDirectoryThatMayNotBeWrittenIsNamed() throws Exception {
        try (Backend backend = newBackend()) {
            Files.createFile(Path.of(root()).resolve("packs/file"));
            BackendException e =
                    assertThrows(BackendException.class, () -> backend.put("packs/file/x", ByteBuffer.allocate(1)));
            assertFalse(e.retryable());
            assertTrue(e.getMessage().contains(location(null).describe() + "/packs/file"), e.getMessage());
        }
    }

    @Test
    void anUnknownHostKeyIsOneLineThatSaysWhatToDo() throws Exception {
        Path none = directory.resolve("known_hosts");
        SftpLocation location = new SftpLocation("127.0.0.1", server.user(), server.port(), root(), null, none);
        String line = refusal(connector(location));
        assertTrue(line.contains(none.toString()), line);
        assertTrue(line.contains("ssh -p " + server.port() + " " + server.user() + "@127.0.0.1"), line);
    }

    @Test
    void aChangedHostKeyIsOneLineThatSaysWhatToDo() throws Exception {
        Path changed = directory.resolve("known_hosts");
        Files.writeString(
                changed,
                "[127.0.0.1]:" + server.port() + " "
                        + Files.readString(server.home().resolve(".ssh/id_ed25519.pub")));
        SftpLocation location = new SftpLocation("127.0.0.1", server.user(), server.port(), root(), null, changed);
        String line = refusal(connector(location));
        assertTrue(line.contains("HAS CHANGED"), line);
        assertTrue(line.contains("ssh-keygen -R [127.0.0.1]:" + server.port()), line);
    }

    @Test
    void aKeyThatIsNotLetInIsOneLineThatSaysWhatWasTried() throws Exception {
        Path other = servers.resolve("common/other_key");
        SshConnector connector = new SshConnector(location(other), directory, null);
        String line = refusal(connector);
        assertTrue(line.contains(other.toString()) && line.contains("ssh-copy-id"), line);
        String without = refusal(new SshConnector(location(null), directory, null));
        assertTrue(without.contains("no key was found"), without);
    }

    @Test
    void aKeyWithAPassphraseIsLeftToTheAgent() throws Exception {
        Path locked = directory.resolve("locked");
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "a secret", "-f", locked.toString());
        String line = refusal(new SshConnector(location(locked), directory, null));
        assertTrue(line.contains("it has a passphrase") && line.contains("ssh-add"), line);
        assertFalse(line.contains("a secret"), line);
    }

    @Test
    void theAgentsKeysAreTried() throws Exception {
        Path socket = directory.resolve("agent");
        Process agent = new ProcessBuilder("ssh-agent", "-D", "-a", socket.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            while (!Files.exists(socket)) {
                Thread.sleep(20);
            }
            ProcessBuilder add = new ProcessBuilder(
                    "ssh-add", "-q", server.home().resolve(".ssh/id_ed25519").toString());
            add.environment().put("SSH_AUTH_SOCK", socket.toString());
            assertEquals(0, add.inheritIO().start().waitFor());
            SshConnector connector = new SshConnector(location(null), directory, socket.toString());
            try (Backend backend = SftpBackend.create(connector, root(), RETRIES)) {
                backend.put("a", ByteBuffer.allocate(1));
            }
        } finally {
            agent.destroy();
        }
    }

    @Test
    void theUsersConfigurationExplainsANickname() throws Exception {
        Path home = directory.resolve("home");
        Files.createDirectories(home.resolve(".ssh"));
        Files.writeString(
                home.resolve(".ssh/config"),
                String.join(
                        "\n",
                        "Host vault",
                        "  HostName 127.0.0.1",
                        "  Port " + server.port(),
                        "  User " + server.user(),
                        "  IdentityFile " + server.home().resolve(".ssh/id_ed25519"),
                        ""));
        Files.copy(server.knownHosts(), home.resolve(".ssh/known_hosts"));
        SftpLocation location = SftpLocation.parse("sftp://vault" + root(), new HashMap<>());
        try (Backend backend = SftpBackend.create(new SshConnector(location, home, null), root(), RETRIES)) {
            backend.put("a", ByteBuffer.allocate(1));
            assertEquals("sftp://vault" + root(), backend.describe());
        }
    }

    @Test
    void aServerThatIsNotThereMayComeBack() {
        SftpLocation location = new SftpLocation("127.0.0.1", "x", 1, root(), null, server.knownHosts());
        BackendException e =
                assertThrows(BackendException.class, () -> SftpBackend.open(connector(location), root(), RETRIES));
        assertTrue(e.retryable());
        assertTrue(e.away());
        assertTrue(e.getMessage().contains("nothing answers at 127.0.0.1 port 1"), e.getMessage());
    }

    private SftpLocation at(ServerSocket socket) {
        return new SftpLocation("127.0.0.1", "x", socket.getLocalPort(), root(), null, server.knownHosts());
    }

    @Test
    void aServerThatSaysNothingIsAwayForWhoeverWaits() throws IOException {
        try (ServerSocket silent = new ServerSocket(0)) {
            SshConnector connector = new SshConnector(at(silent), server.home(), null, Patience.INTERACTIVE);
            BackendException e = assertThrows(BackendException.class, connector::connect);
            assertTrue(e.away(), e.getMessage());
            assertTrue(e.retryable());
        }
    }

    /** They don't wait for its timeout one after another. */
    @Test
    void whoWaitedForAConnectionThatFailedFailsWithIt() throws Exception {
        try (ServerSocket silent = new ServerSocket(0);
                SftpChannels channels = new SftpChannels(connector(at(silent)))) {
            List<BackendException> failures = Collections.synchronizedList(new ArrayList<>());
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread thread = new Thread(() -> failures.add(assertThrows(BackendException.class, channels::take)));
                thread.start();
                threads.add(thread);
            }
            try (Socket first = silent.accept()) {
                while (threads.stream()
                                .filter(thread -> thread.getState() == Thread.State.BLOCKED)
                                .count()
                        < threads.size() - 1) {
                    Thread.onSpinWait();
                }
                assertEquals(0, failures.size());
                first.setSoLinger(true, 0);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(threads.size(), failures.size());
            silent.setSoTimeout(1);
            assertThrows(SocketTimeoutException.class, silent::accept);
        }
    }

    @Test
    void addressesAreParsedAndBadOnesRefused() throws IOException {
        SftpLocation full = SftpLocation.parse("sftp://anna@host.example:2222/srv/varve/", new HashMap<>());
        assertEquals(new SftpLocation("host.example", "anna", 2222, "/srv/varve", null, null), full);
        assertEquals("sftp://anna@host.example:2222/srv/varve", full.describe());
        SftpLocation six = SftpLocation.parse("sftp://[::1]/a", new HashMap<>());
        assertEquals("::1", six.host());
        assertEquals("sftp://[::1]/a", six.describe());
        for (String bad : List.of("sftp://host", "sftp://host/", "sftp:///path", "sftp://ho st/a", "sftp://h/a#b")) {
            assertThrows(RefusedException.class, () -> SftpLocation.parse(bad, new HashMap<>()), bad);
        }
        RefusedException secret = assertThrows(
                RefusedException.class, () -> SftpLocation.parse("sftp://anna:hunter2@host/a", new HashMap<>()));
        assertFalse(secret.getMessage().contains("hunter2"), secret.getMessage());
    }

    private String refusal(SshConnector connector) {
        VarveException e = assertThrows(VarveException.class, () -> SftpBackend.open(connector, root(), RETRIES));
        assertFalse(e instanceof BackendException failed && failed.retryable(), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
        return e.getMessage();
    }

    private static void run(String... command) throws Exception {
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), String.join(" ", command));
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
