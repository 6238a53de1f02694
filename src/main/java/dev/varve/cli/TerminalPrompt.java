package dev.varve.cli;

import dev.varve.model.RefusedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Asks on the terminal of the process, whatever standard input and output are, without showing what is typed. */
final class TerminalPrompt {
    private static final Path TERMINAL = Path.of("/dev/tty");

    /** @param variable says in the message how to do without a terminal */
    byte[] ask(String question, String variable) throws IOException {
        try (OutputStream out = openOrExplain(variable)) {
            Thread restore = new Thread(TerminalPrompt::echoAgain);
            Runtime.getRuntime().addShutdownHook(restore);
            stty("-echo");
            try (InputStream in = Files.newInputStream(TERMINAL)) {
                out.write(question.getBytes(StandardCharsets.UTF_8));
                out.flush();
                return line(in);
            } finally {
                stty("echo");
                Runtime.getRuntime().removeShutdownHook(restore);
                out.write('\n');
            }
        }
    }

    private static OutputStream openOrExplain(String variable) throws IOException {
        try {
            return Files.newOutputStream(TERMINAL);
        } catch (IOException e) {
            RefusedException refused = new RefusedException("no password, and no terminal to ask for it on; set "
                    + variable + "_FILE, " + variable + "_COMMAND or " + variable);
            refused.initCause(e);
            throw refused;
        }
    }

    private static byte[] line(InputStream in) throws IOException {
        ByteArrayOutputStream typed = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            typed.write(b);
        }
        return typed.toByteArray();
    }

    private static void echoAgain() {
        try {
            stty("echo");
        } catch (IOException e) {
            return; // the process ends and the terminal may be gone
        }
    }

    private static void stty(String setting) throws IOException {
        try {
            new ProcessBuilder("stty", setting)
                    .redirectInput(TERMINAL.toFile())
                    .redirectErrorStream(true)
                    .start()
                    .waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
    }
}
