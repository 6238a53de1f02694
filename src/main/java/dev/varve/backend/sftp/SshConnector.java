package dev.varve.backend.sftp;

import com.jcraft.jsch.ConfigRepository;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchChangedHostKeyException;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchHostKeyException;
import com.jcraft.jsch.JSchRevokedHostKeyException;
import com.jcraft.jsch.JSchUnknownHostKeyException;
import com.jcraft.jsch.OpenSSHConfig;
import com.jcraft.jsch.Session;
import dev.varve.backend.Patience;
import dev.varve.backend.Unreachable;
import dev.varve.model.BackendException;
import dev.varve.model.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Makes SSH sessions as {@code ssh} would: {@code ~/.ssh/config} (HostName, User, Port, IdentityFile, IdentitiesOnly), the agent
 * and the usual keys, and a host key that must be in a {@code known_hosts}. Passwords are not asked for. Thread safe.
 */
final class SshConnector {
    private static final Duration CONNECT = Duration.ofSeconds(30);

    /** After twice that much silence a line counts as cut. */
    private static final Duration ALIVE = Duration.ofSeconds(15);

    private static final int DEFAULT_PORT = 22;

    private final SftpLocation location;
    private final Path home;
    private final String agentSocket;
    private final Patience patience;

    /**
     * @param home where {@code .ssh} is
     * @param agentSocket null for no agent
     */
    SshConnector(SftpLocation location, Path home, String agentSocket) {
        this(location, home, agentSocket, Patience.PATIENT);
    }

    SshConnector(SftpLocation location, Path home, String agentSocket, Patience patience) {
        this.location = location;
        this.patience = patience;
        this.home = home;
        this.agentSocket = agentSocket;
    }

    /** For this process's user. */
    static SshConnector of(SftpLocation location, Patience patience) {
        String socket = System.getenv("SSH_AUTH_SOCK");
        return new SshConnector(
                location,
                Path.of(System.getProperty("user.home")),
                socket == null || socket.isEmpty() ? null : socket,
                patience);
    }

    Patience patience() {
        return patience;
    }

    /** For messages. */
    String place() {
        return location.describe();
    }

    /** @throws BackendException that may be repeated unless someone must do something first */
    Session connect() throws IOException {
        JSch jsch = new JSch();
        ConfigRepository.Config config = config().getConfig(location.host());
        String user = location.user() != null
                ? location.user()
                : config.getUser() != null ? config.getUser() : System.getProperty("user.name");
        String host = config.getHostname() != null ? config.getHostname() : location.host();
        int port = location.port() > 0 ? location.port() : config.getPort() > 0 ? config.getPort() : DEFAULT_PORT;
        SshKeys keys = new SshKeys(jsch, home);
        keys.offer(location.identityFile(), config, agentSocket);
        try {
            jsch.setKnownHosts(new ByteArrayInputStream(knownHosts()));
            Session session = jsch.getSession(user, host, port);
            session.setConfig("StrictHostKeyChecking", "yes");
            session.setConfig("PreferredAuthentications", "publickey");
            // AES-GCM first: it is what processors do fastest.
            session.setConfig("cipher.s2c", "aes128-gcm@openssh.com," + session.getConfig("cipher.s2c"));
            session.setConfig("cipher.c2s", "aes128-gcm@openssh.com," + session.getConfig("cipher.c2s"));
            session.setDaemonThread(true);
            session.setServerAliveInterval((int) patience.connect(ALIVE).toMillis());
            session.connect((int) patience.connect(CONNECT).toMillis());
            return session;
        } catch (JSchException e) {
            throw failure(e, keys, user, host, port);
        }
    }

    private BackendException failure(JSchException e, SshKeys keys, String user, String host, int port) {
        String said = String.valueOf(e.getMessage());
        String command = "ssh " + (port == DEFAULT_PORT ? "" : "-p " + port + " ") + user + "@" + host;
        String entry = port == DEFAULT_PORT ? host : "[" + host + "]:" + port;
        if (e instanceof JSchUnknownHostKeyException) {
            return permanent(
                    e,
                    "the server's key is not in " + knownHostsNames() + "; run '" + command
                            + "' once and compare the fingerprint it shows");
        }
        if (e instanceof JSchChangedHostKeyException) {
            return permanent(
                    e,
                    "THE SERVER'S KEY HAS CHANGED: another machine may be in its place. If the server has a new key, run "
                            + "'ssh-keygen -R " + entry + "', then '" + command + "' and compare the fingerprint");
        }
        if (e instanceof JSchRevokedHostKeyException) {
            return permanent(e, "the server's key is revoked in " + knownHostsNames());
        }
        if (e instanceof JSchHostKeyException) {
            return permanent(e, "the server's key is refused: " + said);
        }
        if (said.startsWith("Auth ") || said.startsWith("USERAUTH")) {
            return permanent(
                    e,
                    "the server lets " + user + " in with none of the keys (" + keys.describe()
                            + "); put the public key there with ssh-copy-id");
        }
        if (causedBy(e, UnknownHostException.class)) {
            return new BackendException(place() + ": no such host: " + host, true, true, e);
        }
        if (causedBy(e, ConnectException.class)) {
            return new BackendException(
                    place() + ": nothing answers at " + host + " port " + port + "; is the SSH server up?",
                    true,
                    true,
                    e);
        }
        boolean away = Unreachable.is(e) || said.startsWith("timeout");
        return new BackendException(place() + ": cannot connect: " + said, true, away, e);
    }

    private BackendException permanent(JSchException e, String what) {
        return new BackendException(place() + ": " + what, false, e);
    }

    private static boolean causedBy(Throwable e, Class<? extends IOException> type) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    private OpenSSHConfig config() throws IOException {
        Path file = home.resolve(".ssh/config");
        try {
            return Files.isReadable(file) ? OpenSSHConfig.parseFile(file.toString()) : OpenSSHConfig.parse("");
        } catch (IOException e) {
            throw new RefusedException(file + " can't be read: " + e.getMessage());
        }
    }

    private List<Path> knownHostsFiles() {
        return location.knownHostsFile() != null
                ? List.of(location.knownHostsFile())
                : List.of(home.resolve(".ssh/known_hosts"), Path.of("/etc/ssh/ssh_known_hosts"));
    }

    private String knownHostsNames() {
        return knownHostsFiles().get(0).toString();
    }

    private byte[] knownHosts() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Path file : knownHostsFiles()) {
            if (Files.isReadable(file)) {
                all.writeBytes(Files.readAllBytes(file));
                all.write('\n');
            }
        }
        return all.toByteArray();
    }
}
