package dev.varve.mount;

import dev.varve.model.BackendException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Runs a mount in a process of its own: the same command again, with {@link #CHILD} in its environment. The child's standard
 * output is a pipe on which it writes {@link #READY}; its standard error is a log file, so that it holds nothing of the caller's
 * open, and whoever reads the caller's output to its end is not kept waiting. A password that was asked for goes through the
 * child's standard input, never through its arguments or environment.
 */
public final class BackgroundMount {
    static final String READY = "ready";
    static final int STDOUT = 1;
    static final int STDERR = 2;
    private static final String CHILD = "VARVE_MOUNT_CHILD";
    /** System property by which scripts/varve says where it is. */
    private static final String LAUNCHER = "varve.launcher";

    /** The launcher keeps the caller's values under this prefix, and makes its own. */
    private static final String CALLERS = "VARVE_CALLER_";

    private static final String PASSWORD_FILE = "VARVE_PASSWORD_FILE";

    private BackgroundMount() {}

    /** Whether this process is one that {@link #start} started. */
    public static boolean isChild() {
        return System.getenv(CHILD) != null;
    }

    /**
     * Starts the child and waits until its mount answers or it has ended.
     *
     * @param arguments of this process, all of them
     * @param password as asked for on the terminal, or null when the child can get it as this process did; cleared
     * @param log or null for {@link #defaultLog}
     * @param err gets what the child wrote to its log when it failed
     * @return 0, or the child's exit code when it failed
     */
    public static int start(List<String> arguments, Path mountPoint, byte[] password, Path log, PrintStream err)
            throws IOException, InterruptedException {
        Path logFile = log != null ? log : defaultLog(mountPoint, System.getenv());
        // Under its name only when the mount stands: another one there may be writing to its own.
        Path newLog = logFile.resolveSibling(
                logFile.getFileName() + "." + ProcessHandle.current().pid());
        createLog(newLog);
        try {
            return start(arguments, mountPoint, password, logFile, newLog, err);
        } finally {
            Files.deleteIfExists(newLog);
        }
    }

    private static int start(
            List<String> arguments, Path mountPoint, byte[] password, Path logFile, Path newLog, PrintStream err)
            throws IOException, InterruptedException {
        String launcher = System.getProperty(LAUNCHER);
        ProcessBuilder command = new ProcessBuilder(command(arguments, launcher, ownCommandLine()));
        if (launcher != null) {
            restoreLocale(command.environment());
        }
        command.environment().put(CHILD, "1");
        if (password != null) {
            command.environment().put(PASSWORD_FILE, "/dev/stdin");
        }
        command.redirectError(ProcessBuilder.Redirect.appendTo(newLog.toFile()));
        Process child = command.start();
        try (OutputStream input = child.getOutputStream()) {
            if (password != null) {
                input.write(password);
                input.write('\n');
                Arrays.fill(password, (byte) 0);
            }
        }
        if (isReady(child)) {
            Files.move(newLog, logFile, StandardCopyOption.ATOMIC_MOVE);
            return 0;
        }
        int code = child.waitFor();
        err.print(Files.readString(newLog, StandardCharsets.ISO_8859_1));
        if (code == 0) {
            throw new BackendException("the mount on " + mountPoint + " ended before it was ready", false, null);
        }
        return code;
    }

    /** {@code mount-<path>.log} in {@code $XDG_STATE_HOME/varve}, which is {@code ~/.local/state/varve} when not set. */
    static Path defaultLog(Path mountPoint, Map<String, String> environment) {
        String state = environment.get("XDG_STATE_HOME");
        Path directory = state != null && state.startsWith("/")
                ? Path.of(state)
                : Path.of(System.getProperty("user.home"), ".local", "state");
        String name =
                mountPoint.toAbsolutePath().normalize().toString().substring(1).replace('/', '-');
        return directory.resolve("varve").resolve("mount-" + name + ".log");
    }

    /**
     * The launcher again, which chooses the options of the JVM for a mount; without one this JVM's own options.
     *
     * @param launcher or null
     * @param own this process's command line
     */
    static List<String> command(List<String> arguments, String launcher, List<String> own) {
        List<String> command = new ArrayList<>();
        if (launcher != null) {
            command.add(launcher);
        } else {
            command.addAll(own.subList(0, own.size() - arguments.size()));
        }
        command.addAll(arguments);
        return command;
    }

    /** So that the launcher starts from what it was first started with. */
    static void restoreLocale(Map<String, String> environment) {
        for (String name : List.of("LC_ALL", "LOCPATH")) {
            String original = environment.remove(CALLERS + name);
            if (original == null) {
                environment.remove(name);
            } else {
                environment.put(name, original);
            }
        }
    }

    private static List<String> ownCommandLine() throws IOException {
        String line = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), StandardCharsets.ISO_8859_1);
        return List.of(line.substring(0, Math.max(0, line.length() - 1)).split("\0", -1));
    }

    /** Fresh for each mount, readable by its owner only: it names paths of the backup. */
    private static void createLog(Path log) throws IOException {
        Path directory = log.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        Files.deleteIfExists(log);
        Files.newByteChannel(
                        log,
                        java.util.Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                .close();
    }

    /** Other lines on the child's standard output are skipped; its end without the word means that it failed. */
    private static boolean isReady(Process child) throws IOException {
        BufferedReader output =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII));
        String line = output.readLine();
        while (line != null && !line.equals(READY)) {
            line = output.readLine();
        }
        return line != null;
    }
}
