package dev.varve.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Standard output and standard error, as UTF-8 whatever encoding the launcher chose for names. Error lines come out whole, also
 * from several threads. Output is buffered until {@link #flush}.
 */
final class Terminal {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final OutputStream out;
    private final OutputStream err;

    Terminal(OutputStream out, OutputStream err) {
        this.out = new BufferedOutputStream(out, BUFFER_BYTES);
        this.err = err;
    }

    /** One line of output. */
    void line(String text) throws ClosedOutputException {
        text(text);
        text("\n");
    }

    void text(String text) throws ClosedOutputException {
        try {
            out.write(encode(text));
        } catch (IOException e) {
            throw new ClosedOutputException(e);
        }
    }

    void flush() throws ClosedOutputException {
        try {
            out.flush();
        } catch (IOException e) {
            throw new ClosedOutputException(e);
        }
    }

    /** For picocli's help texts; what it prints is ASCII. */
    PrintWriter outWriter() {
        return new PrintWriter(out, true, StandardCharsets.UTF_8);
    }

    /** One line on standard error that begins with {@code varve: }. */
    void error(String message) {
        raw("varve: " + oneLine(message) + "\n");
    }

    /** As it is, on standard error; for progress and stack traces. */
    synchronized void raw(String text) {
        try {
            err.write(encode(text));
            err.flush();
        } catch (IOException e) {
            // Nobody is left to be told; the exit code still says it.
            return;
        }
    }

    /**
     * UTF-8. Names that come from Java's own paths hold one byte in each character where the launcher set Latin-1: if these bytes
     * are UTF-8 already, they go out as they are.
     */
    static byte[] encode(String text) {
        boolean ascii = true;
        boolean bytes = true;
        for (int i = 0; i < text.length(); i++) {
            ascii &= text.charAt(i) < 0x80;
            bytes &= text.charAt(i) < 0x100;
        }
        if (!ascii && bytes) {
            byte[] raw = text.getBytes(StandardCharsets.ISO_8859_1);
            if (isUtf8(raw)) {
                return raw;
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .hasRemaining();
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** A message may carry a name from anywhere: no line end or control sequence gets through. */
    static String oneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            line.append(c < 0x20 || c == 0x7f ? ' ' : c);
        }
        return line.toString();
    }
}
