package dev.varve.device.lvm;

import dev.varve.model.CorruptException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A section of LVM's text: names with values, which are {@code Long}, {@code String}, {@code List} of these, or sections. Filled by
 * {@link ConfigParser} and not changed after. Memory: about 100 bytes a value.
 */
final class ConfigSection {
    private final String resource;
    private final String path;
    private final Map<String, Object> values = new LinkedHashMap<>();

    /**
     * @param resource for messages: the device
     * @param path of the section in the text, for messages
     */
    ConfigSection(String resource, String path) {
        this.resource = resource;
        this.path = path;
    }

    /** @return false if the name is there already */
    boolean put(String name, Object value) {
        return values.putIfAbsent(name, value) == null;
    }

    String path() {
        return path;
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /** The sections in this one, in their order. */
    Map<String, ConfigSection> sections() {
        Map<String, ConfigSection> sections = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            if (value instanceof ConfigSection section) {
                sections.put(name, section);
            }
        });
        return sections;
    }

    /** A section in this one; an empty one if it is missing. */
    ConfigSection sectionOrEmpty(String name) throws CorruptException {
        return has(name) ? get(name, ConfigSection.class) : new ConfigSection(resource, path + "/" + name);
    }

    String string(String name) throws CorruptException {
        return get(name, String.class);
    }

    /** A string, or null if the name is missing. */
    String stringOrNull(String name) throws CorruptException {
        return has(name) ? string(name) : null;
    }

    long number(String name, long min, long max) throws CorruptException {
        long value = get(name, Long.class);
        if (value < min || value > max) {
            throw corrupt(name + " is " + value + ", must be " + min + " to " + max);
        }
        return value;
    }

    List<?> list(String name) throws CorruptException {
        return get(name, List.class);
    }

    /** Whether a list of words has this one. lvm2 writes a single word also without brackets. */
    boolean hasWord(String name, String word) {
        Object value = values.get(name);
        return value instanceof List<?> list ? list.contains(word) : word.equals(value);
    }

    /** An exception that names this section; to be thrown by the caller. */
    CorruptException corrupt(String reason) {
        return new CorruptException(resource, -1, "the volume group's description, " + path + ": " + reason);
    }

    private <T> T get(String name, Class<T> type) throws CorruptException {
        Object value = values.get(name);
        if (!type.isInstance(value)) {
            throw corrupt(value == null ? "has no " + name : name + " is not of the type it must be");
        }
        return type.cast(value);
    }
}
