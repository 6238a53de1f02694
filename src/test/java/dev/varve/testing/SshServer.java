package dev.varve.testing;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real OpenSSH server on loopback, run by this user with its own keys, configuration and port. Its home has what a user's has:
 * {@code .ssh} with a key that is let in, and {@code known_hosts}.
 */
public final class SshServer implements Closeable {
    private static final String SSHD = "/usr/sbin/sshd";

    private final Path directory;
    private final String user;
    private final String sftp;
    private final int port;
    private Process process;

    private SshServer(Path directory, String user, String sftp, int port) {
        this.directory = directory;
        this.user = user;
        this.sftp = sftp;
        this.port = port;
    }

    /** @param directory empty, its own */
    public static SshServer start(Path directory) throws Exception {
        return start(directory, System.getProperty("user.name"), "");
    }

    /**
     * @param user who is let in; another than this process's only as root
     * @param options of sftp-server, as {@code -P remove}
     */
    public static SshServer start(Path directory, String user, String options) throws Exception {
        if (!Files.isExecutable(Path.of(SSHD))) {
            throw new IllegalStateException("this test needs OpenSSH's server: apt-get install openssh-server");
        }
        SshServer server = new SshServer(directory, user, options, freePort());
        Path ssh = Files.createDirectories(server.home().resolve(".ssh"));
        server.keygen("ed25519", directory.resolve("host_key"));
        server.keygen("ed25519", ssh.resolve("id_ed25519"));
        server.keygen("ecdsa", directory.resolve("other_key"));
        // As root sshd wants a directory to lock its children in.
        if ("root".equals(System.getProperty("user.name"))) {
            Files.createDirectories(Path.of("/run/sshd"));
        }
        // sshd reads it as the user who comes in.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        server.allow(ssh.resolve("id_ed25519.pub"));
        Files.writeString(
                server.knownHosts(),
                "[127.0.0.1]:" + server.port + " " + Files.readString(directory.resolve("host_key.pub")));
        server.launch();
        return server;
    }

    /** Lets in who has the private key of this, and nobody else. */
    public void allow(Path publicKey) throws IOException {
        Files.writeString(directory.resolve("authorized_keys"), Files.readString(publicKey));
    }

    public Path home() {
        return directory.resolve("home");
    }

    public Path knownHosts() {
        return home().resolve(".ssh/known_hosts");
    }

    public int port() {
        return port;
    }

    public String user() {
        return user;
    }

    /** An address for the command line, which needs nothing of the user's own home. */
    public String address(Path repository) {
        return "sftp://" + user + "@127.0.0.1:" + port + repository + "?identity-file="
                + home().resolve(".ssh/id_ed25519") + "&known-hosts=" + knownHosts();
    }

    /** Ends every connection and starts again, on the same port. */
    public void restart() throws Exception {
        close();
        launch();
    }

    private void launch() throws Exception {
        Path config = directory.resolve("sshd_config");
        Files.writeString(
                config,
                String.join(
                        "\n",
                        "Port " + port,
                        "ListenAddress 127.0.0.1",
                        "HostKey " + directory.resolve("host_key"),
                        "PidFile none",
                        "AuthorizedKeysFile " + directory.resolve("authorized_keys"),
                        "StrictModes no",
                        "UsePAM no",
                        "PasswordAuthentication no",
                        "KbdInteractiveAuthentication no",
                        "PermitRootLogin yes",
                        "MaxStartups 100",
                        "Subsystem sftp internal-sftp " + sftp,
                        ""));
        process = new ProcessBuilder(SSHD, "-D", "-e", "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("sshd.log").toFile())
                .start();
        for (int i = 0; i < 200; i++) {
            if (!process.isAlive()) {
                break;
            }
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
                return;
            } catch (IOException e) {
                Thread.sleep(50);
            }
        }
        throw new IllegalStateException("sshd did not start: " + Files.readString(directory.resolve("sshd.log")));
    }

    private void keygen(String type, Path file) throws Exception {
        run("ssh-keygen", "-q", "-t", type, "-N", "", "-f", file.toString());
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("failed: " + String.join(" ", command));
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Cuts the connections that there are. */
    public void dropConnections() throws Exception {
        for (ProcessHandle child : children()) {
            child.destroyForcibly();
            while (child.isAlive()) {
                Thread.sleep(2);
            }
        }
    }

    private List<ProcessHandle> children() {
        List<ProcessHandle> children = new ArrayList<>();
        process.descendants().forEach(children::add);
        return children;
    }

    @Override
    public void close() {
        List<ProcessHandle> children = children();
        process.destroy();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        children.forEach(ProcessHandle::destroyForcibly);
    }
}
