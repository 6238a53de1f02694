package dev.varve.backend.location;

import dev.varve.model.RefusedException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What stands behind the question mark of an address: {@code name=value&name=value}. */
final class Settings {
    private static final String UNITS = "KMG";

    private Settings() {}

    static Map<String, String> parse(String query) throws RefusedException {
        Map<String, String> settings = new TreeMap<>();
        for (String pair : query.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            if (equals < 1) {
                throw new RefusedException("in an address '" + pair + "' is no setting; write name=value");
            }
            String name = pair.substring(0, equals);
            if (settings.put(name, decoded(pair.substring(equals + 1))) != null) {
                throw new RefusedException("the address says " + name + " twice");
            }
        }
        return settings;
    }

    /** A plus sign stays one: this is an address and no form. */
    private static String decoded(String value) throws RefusedException {
        try {
            return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            RefusedException refused =
                    new RefusedException("'" + value + "' has a % that two hexadecimal digits must follow");
            refused.initCause(e);
            throw refused;
        }
    }

    /** {@code 500K}, {@code 5M}, {@code 1G}: powers of 1024; null for null. */
    static Long bytesPerSecond(String name, String text) throws RefusedException {
        if (text == null) {
            return null;
        }
        String upper = text.toUpperCase(Locale.ROOT);
        if (!upper.matches("[1-9][0-9]{0,9}[KMG]?")) {
            throw new RefusedException(name + " is bytes a second, such as 500K or 5M, not " + text);
        }
        int unit = UNITS.indexOf(upper.charAt(upper.length() - 1));
        return unit < 0
                ? Long.parseLong(upper)
                : Long.parseLong(upper.substring(0, upper.length() - 1)) << (10 * (unit + 1));
    }
}
