package dev.varve.view;

import dev.varve.model.ByteString;
import java.util.ArrayList;
import java.util.List;

/** What may be a name in a directory, and how a path splits into names. */
final class PathNames {
    /** NAME_MAX. */
    static final int MAX_BYTES = 255;

    private PathNames() {}

    /** Whether the bytes can stand as one name: not empty, not {@code .} or {@code ..}, no slash, no NUL, not too long. */
    static boolean isComponent(ByteString name) {
        int length = name.length();
        if (length == 0
                || length > MAX_BYTES
                || (name.at(0) == '.' && (length == 1 || (length == 2 && name.at(1) == '.')))) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name.at(i) == '/' || name.at(i) == 0) {
                return false;
            }
        }
        return true;
    }

    /** The names of an absolute path ({@code /} has none; doubled and trailing slashes are skipped), or null when it is not one. */
    static List<ByteString> components(ByteString path) {
        if (path.isEmpty() || path.at(0) != '/') {
            return null;
        }
        byte[] bytes = path.toBytes();
        List<ByteString> names = new ArrayList<>();
        int start = 1;
        for (int i = 1; i <= bytes.length; i++) {
            if (i == bytes.length || bytes[i] == '/') {
                if (i > start) {
                    ByteString name = ByteString.of(bytes, start, i - start);
                    if (!isComponent(name)) {
                        return null;
                    }
                    names.add(name);
                }
                start = i + 1;
            }
        }
        return names;
    }
}
