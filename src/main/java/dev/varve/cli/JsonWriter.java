package dev.varve.cli;

import dev.varve.model.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Writes JSON to the terminal as it goes. Everything but ASCII is escaped, so that it is right in any encoding. A name that is not UTF-8 gets
 * a second member, {@code …Bytes}, with its bytes in hexadecimal. Not thread safe.
 */
final class JsonWriter {
    private final Terminal terminal;
    private boolean needsComma;

    JsonWriter(Terminal terminal) {
        this.terminal = terminal;
    }

    JsonWriter beginObject() throws ClosedOutputException {
        return open("{");
    }

    JsonWriter endObject() throws ClosedOutputException {
        return close("}");
    }

    JsonWriter beginArray() throws ClosedOutputException {
        return open("[");
    }

    JsonWriter endArray() throws ClosedOutputException {
        return close("]");
    }

    /** The name of the next value. */
    JsonWriter name(String name) throws ClosedOutputException {
        separate();
        terminal.text(quote(name));
        terminal.text(":");
        needsComma = false;
        return this;
    }

    JsonWriter value(String text) throws ClosedOutputException {
        return literal(text == null ? "null" : quote(text));
    }

    JsonWriter value(long number) throws ClosedOutputException {
        return literal(Long.toString(number));
    }

    JsonWriter value(boolean bit) throws ClosedOutputException {
        return literal(Boolean.toString(bit));
    }

    JsonWriter member(String name, String text) throws ClosedOutputException {
        return name(name).value(text);
    }

    JsonWriter member(String name, long number) throws ClosedOutputException {
        return name(name).value(number);
    }

    JsonWriter member(String name, boolean bit) throws ClosedOutputException {
        return name(name).value(bit);
    }

    /** Bytes that are text as a rule. */
    JsonWriter member(String name, ByteString bytes) throws ClosedOutputException {
        byte[] raw = bytes.toBytes();
        String text = new String(raw, StandardCharsets.UTF_8);
        member(name, text);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), raw)) {
            member(name + "Bytes", HexFormat.of().formatHex(raw));
        }
        return this;
    }

    /** Ends the document's line. */
    void finish() throws ClosedOutputException {
        terminal.text("\n");
    }

    private JsonWriter open(String bracket) throws ClosedOutputException {
        separate();
        terminal.text(bracket);
        needsComma = false;
        return this;
    }

    private JsonWriter close(String bracket) throws ClosedOutputException {
        terminal.text(bracket);
        needsComma = true;
        return this;
    }

    private JsonWriter literal(String text) throws ClosedOutputException {
        separate();
        terminal.text(text);
        needsComma = true;
        return this;
    }

    private void separate() throws ClosedOutputException {
        if (needsComma) {
            terminal.text(",");
        }
    }

    static String quote(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append(c);
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                default -> {
                    if (c < 0x20 || c >= 0x7f) {
                        quoted.append(String.format("\\u%04x", (int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
