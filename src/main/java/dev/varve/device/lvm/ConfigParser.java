package dev.varve.device.lvm;

import dev.varve.model.CorruptException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses the text form of LVM's metadata: {@code name = value}, {@code name { … }}, lists in brackets, {@code #} comments. The
 * input is hostile: depth, the number of values and the length of names are bounded. Used once. Memory: see {@link ConfigSection}.
 */
final class ConfigParser {
    static final int MAX_DEPTH = 12;
    static final int MAX_VALUES = 1 << 20;
    private static final int MAX_NAME = 128;

    private final String resource;
    private final String text;
    private int position;
    private int values;

    private ConfigParser(String resource, String text) {
        this.resource = resource;
        this.text = text;
    }

    /**
     * @param resource for messages: the device
     * @param bytes may end in zeros
     * @throws CorruptException if this is not such a text, naming the line
     */
    static ConfigSection parse(String resource, byte[] bytes) throws CorruptException {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        ConfigParser parser = new ConfigParser(resource, new String(bytes, 0, end, StandardCharsets.ISO_8859_1));
        ConfigSection top = new ConfigSection(resource, "top");
        parser.items(top, "", 0);
        if (parser.position < end) {
            throw parser.corrupt("a brace closes nothing");
        }
        return top;
    }

    private void items(ConfigSection section, String path, int depth) throws CorruptException {
        if (depth > MAX_DEPTH) {
            throw corrupt("sections are nested deeper than " + MAX_DEPTH);
        }
        for (skipBlanks(); position < text.length() && peek() != '}'; skipBlanks()) {
            String name = name();
            skipBlanks();
            Object value;
            if (tryTake('=')) {
                value = value();
            } else {
                take('{');
                ConfigSection inner = new ConfigSection(resource, path.isEmpty() ? name : path + "/" + name);
                items(inner, inner.path(), depth + 1);
                take('}');
                value = inner;
            }
            count();
            if (!section.put(name, value)) {
                throw corrupt("a name stands twice in a section");
            }
        }
    }

    private Object value() throws CorruptException {
        skipBlanks();
        if (!tryTake('[')) {
            return scalar();
        }
        List<Object> list = new ArrayList<>();
        for (skipBlanks(); !tryTake(']'); skipBlanks()) {
            list.add(scalar());
            count();
            skipBlanks();
            if (!tryTake(',') && peek() != ']') {
                throw corrupt("a list lacks a comma or its end");
            }
        }
        return list;
    }

    private Object scalar() throws CorruptException {
        char first = peek();
        return first == '"' || first == '\'' ? quoted() : number();
    }

    private String quoted() throws CorruptException {
        char quote = text.charAt(position++);
        StringBuilder word = new StringBuilder();
        while (peek() != quote) {
            if (peek() == '\\' && quote == '"') {
                position++;
            }
            word.append(peek());
            position++;
        }
        position++;
        return word.toString();
    }

    /** Whole numbers only: nothing that is read here is a fraction, which becomes its text. */
    private Object number() throws CorruptException {
        int start = position;
        while (position < text.length() && "+-.0123456789".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
        String digits = text.substring(start, position);
        if (digits.matches("[+-]?[0-9]*\\.[0-9]*") && digits.length() > 1) {
            return digits;
        }
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            CorruptException corrupt = corrupt("no value where one must be");
            corrupt.initCause(e);
            throw corrupt;
        }
    }

    private String name() throws CorruptException {
        int start = position;
        while (position < text.length() && isNameCharacter(text.charAt(position))) {
            position++;
        }
        if (position == start || position - start > MAX_NAME) {
            throw corrupt("no name where one must be");
        }
        return text.substring(start, position);
    }

    private static boolean isNameCharacter(char c) {
        return c > ' ' && c < 0x7f && "{}[]=,#\"'\\".indexOf(c) < 0;
    }

    private void skipBlanks() {
        while (position < text.length()) {
            char c = text.charAt(position);
            if (c == '#') {
                int end = text.indexOf('\n', position);
                position = end < 0 ? text.length() : end;
            } else if (c == ' ' || c >= '\t' && c <= '\r') {
                position++;
            } else {
                return;
            }
        }
    }

    private char peek() throws CorruptException {
        if (position >= text.length()) {
            throw corrupt("ends too early");
        }
        return text.charAt(position);
    }

    private boolean tryTake(char wanted) throws CorruptException {
        boolean there = peek() == wanted;
        if (there) {
            position++;
        }
        return there;
    }

    private void take(char wanted) throws CorruptException {
        if (!tryTake(wanted)) {
            throw corrupt("no " + wanted + " where one must be");
        }
    }

    private void count() throws CorruptException {
        if (++values > MAX_VALUES) {
            throw corrupt("more than " + MAX_VALUES + " values");
        }
    }

    private CorruptException corrupt(String reason) {
        long line = text.substring(0, position).chars().filter(c -> c == '\n').count() + 1;
        return new CorruptException(resource, -1, "the volume group's description, line " + line + ": " + reason);
    }
}
