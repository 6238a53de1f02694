package dev.varve.cli;

import dev.varve.model.ByteString;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What a command runs in: its environment, streams and, for messages and the background mount, the words it was called with.
 *
 * @param workers threads for heavy work
 */
record CliContext(Map<String, String> environment, Terminal terminal, List<String> arguments, int workers) {
    CliContext {
        environment = Map.copyOf(environment);
        arguments = List.copyOf(arguments);
    }

    static CliContext ofProcess(String[] arguments) {
        return new CliContext(
                System.getenv(),
                new Terminal(new FileOutputStream(FileDescriptor.out), new FileOutputStream(FileDescriptor.err)),
                List.of(arguments),
                Runtime.getRuntime().availableProcessors());
    }

    /** A variable of the environment, or null if it is not set or empty. */
    String variable(String name) {
        String value = environment.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** The bytes of a word of the command line or the environment, as the user gave it. */
    static ByteString bytes(String word) {
        boolean latin = "ISO-8859-1".equals(System.getProperty("sun.jnu.encoding"));
        return ByteString.of(word.getBytes(latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8));
    }

    /** The same word as text, for what is kept as text: hosts, labels. */
    static String text(String word) {
        return new String(bytes(word).toBytes(), StandardCharsets.UTF_8);
    }

    /** What Java made of words and paths, for people: bytes that are no text are escaped. */
    static String shown(String text) {
        boolean bytes = text.chars().allMatch(c -> c < 0x100);
        return bytes ? bytes(text).display() : text;
    }
}
