package dev.varve.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs programs for tests. */
public final class Shell {
    private Shell() {}

    /** What a program wrote (both streams together, a byte a character) and its exit code. */
    public record Outcome(int code, String output) {}

    public static Outcome run(Path directory, Map<String, String> environment, List<String> command)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            return new Outcome(process.waitFor(), output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroy();
        }
    }

    /** Runs a script and fails the test unless it succeeds; returns its output without the last line end. */
    public static String sh(Path directory, String script) throws IOException {
        Outcome outcome = run(directory, Map.of(), List.of("sh", "-c", script));
        assertEquals(0, outcome.code(), script + "\n" + outcome.output());
        return outcome.output().stripTrailing();
    }
}
