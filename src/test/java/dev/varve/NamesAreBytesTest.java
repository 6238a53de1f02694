package dev.varve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher and the test set-up promise: a file name in a String is its bytes in ISO-8859-1. */
class NamesAreBytesTest {
    @TempDir
    private Path directory;

    @Test
    void anyByteOfAFileNameSurvivesBothWays() throws IOException, InterruptedException {
        StringBuilder every = new StringBuilder();
        for (char c = 1; c < 256; c++) {
            every.append(c == '/' ? "" : c);
        }
        for (String name :
                List.of(every.substring(0, 128), every.substring(128), "caf\u00e9", "\u00c3\u00a9t\u00c3\u00a9")) {
            Path file = Files.writeString(directory.resolve(name), "x");
            try (var listed = Files.list(directory)) {
                assertEquals(
                        List.of(name),
                        listed.map(path -> path.getFileName().toString()).toList());
            }
            assertEquals(hexOf(name), hexAsTheKernelHasIt());
            Files.delete(file);
        }
    }

    @Test
    void theDefaultCharsetIsTransparentToBytesToo() {
        assertEquals(StandardCharsets.ISO_8859_1, Charset.defaultCharset());
        assertEquals("ISO-8859-1", System.getProperty("sun.jnu.encoding"));
    }

    private String hexAsTheKernelHasIt() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "sh", "-c", "printf %s \"$0\"/* | od -An -v -tx1 | tr -d ' \\n'", directory.toString())
                .redirectErrorStream(true)
                .start();
        String hex = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertEquals(0, process.waitFor());
        String prefix = hexOf(directory + "/");
        assertTrue(hex.startsWith(prefix), hex);
        return hex.substring(prefix.length());
    }

    private static String hexOf(String name) {
        StringBuilder hex = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.ISO_8859_1)) {
            hex.append(String.format("%02x", b));
        }
        return hex.toString();
    }
}
