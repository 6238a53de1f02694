package dev.varve.cli;

import dev.varve.crypto.Password;
import dev.varve.model.RefusedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Where a password comes from: {@code PREFIX}, {@code PREFIX_FILE} or {@code PREFIX_COMMAND} of the environment, in this order, else the
 * terminal. Never from an argument, which every user of the machine could read. The command is run by {@code sh -c}.
 */
final class PasswordSource {
    private static final int MAX_BYTES = 64 * 1024;

    private final CliContext context;
    private final String prefix;
    private final TerminalPrompt prompt;

    /** @param prefix {@code VARVE_PASSWORD} or {@code VARVE_NEW_PASSWORD} */
    PasswordSource(CliContext context, String prefix, TerminalPrompt prompt) {
        this.context = context;
        this.prefix = prefix;
        this.prompt = prompt;
    }

    static PasswordSource current(CliContext context) {
        return new PasswordSource(context, "VARVE_PASSWORD", new TerminalPrompt());
    }

    /** Of a key that is to be added. */
    static PasswordSource added(CliContext context) {
        return new PasswordSource(context, "VARVE_NEW_PASSWORD", new TerminalPrompt());
    }

    /** Whether it would have to be asked for. */
    boolean isAsked() {
        return context.variable(prefix) == null
                && context.variable(prefix + "_FILE") == null
                && context.variable(prefix + "_COMMAND") == null;
    }

    /**
     * The password, without the line end of a file or a command.
     *
     * @param question shown on the terminal
     * @param twice ask a second time, for a new password
     */
    Password read(String question, boolean twice) throws IOException {
        byte[] bytes = readBytes(question, twice);
        try {
            return Password.ofBytes(bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** The same as bytes, for the caller to clear. */
    byte[] readBytes(String question, boolean twice) throws IOException {
        byte[] bytes = context.variable(prefix) != null
                ? CliContext.bytes(context.variable(prefix)).toBytes()
                : context.variable(prefix + "_FILE") != null
                        ? fromFile(Path.of(context.variable(prefix + "_FILE")))
                        : context.variable(prefix + "_COMMAND") != null
                                ? fromCommand(context.variable(prefix + "_COMMAND"))
                                : asked(question, twice);
        if (isBlank(bytes)) {
            throw new RefusedException("the password is empty; an empty password protects nothing");
        }
        return bytes;
    }

    private byte[] fromFile(Path file) throws IOException {
        if (Files.isRegularFile(file)
                && Files.getAttribute(file, "unix:mode") instanceof Integer mode
                && (mode & 077) != 0) {
            context.terminal().error("warning: others may read the password in " + file + "; chmod 600 it");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return bounded(in, file.toString());
        }
    }

    private byte[] fromCommand(String command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command)
                .redirectInput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        restoreLocale(builder.environment());
        Process process = builder.start();
        try (InputStream out = process.getInputStream()) {
            byte[] bytes = bounded(out, prefix + "_COMMAND");
            int code = process.waitFor();
            if (code != 0) {
                Arrays.fill(bytes, (byte) 0);
                throw new RefusedException(prefix + "_COMMAND ended with exit code " + code);
            }
            return bytes;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
    }

    private byte[] asked(String question, boolean twice) throws IOException {
        byte[] first = prompt.ask(question + ": ", prefix);
        if (twice) {
            byte[] second = prompt.ask("again: ", prefix);
            boolean same = Arrays.equals(first, second);
            Arrays.fill(second, (byte) 0);
            if (!same) {
                Arrays.fill(first, (byte) 0);
                throw new RefusedException("the two passwords differ; nothing was changed");
            }
        }
        return first;
    }

    /** The launcher changed the locale for this process; others get the user's. */
    private static void restoreLocale(Map<String, String> environment) {
        for (String name : new String[] {"LC_ALL", "LOCPATH"}) {
            String original = environment.remove("VARVE_CALLER_" + name);
            if (original != null) {
                environment.put(name, original);
            } else if (System.getProperty("varve.launcher") != null) {
                environment.remove(name);
            }
        }
    }

    private static byte[] bounded(InputStream in, String what) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            bytes.write(buffer, 0, read);
            if (bytes.size() > MAX_BYTES) {
                throw new RefusedException(what + ": too long for a password");
            }
        }
        Arrays.fill(buffer, (byte) 0);
        return bytes.toByteArray();
    }

    private static boolean isBlank(byte[] bytes) {
        for (byte b : bytes) {
            if (b != '\n' && b != '\r') {
                return false;
            }
        }
        return true;
    }
}
