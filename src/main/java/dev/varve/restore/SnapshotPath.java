package dev.varve.restore;

import dev.varve.model.ByteString;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Paths inside a snapshot: absolute, bytes, parts between slashes. */
public final class SnapshotPath {
    private static final ByteString HERE = ByteString.utf8(".");
    private static final ByteString UP = ByteString.utf8("..");
    private static final int MAX_NAME_BYTES = 255;

    private SnapshotPath() {}

    /** The names of a path; empty ones and {@code .} are dropped, {@code ..} stays a name and is found nowhere. */
    public static List<ByteString> parse(ByteString path) {
        List<ByteString> names = new ArrayList<>();
        byte[] bytes = path.toBytes();
        int start = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if (i == bytes.length || bytes[i] == '/') {
                ByteString name = ByteString.of(bytes, start, i - start);
                if (!name.isEmpty() && !name.equals(HERE)) {
                    names.add(name);
                }
                start = i + 1;
            }
        }
        return List.copyOf(names);
    }

    /** The bytes of the path. */
    public static ByteString join(List<ByteString> names) {
        ByteArrayOutputStream path = new ByteArrayOutputStream();
        for (ByteString name : names) {
            path.write('/');
            path.writeBytes(name.toBytes());
        }
        return names.isEmpty() ? ByteString.utf8("/") : ByteString.of(path.toByteArray());
    }

    /** For people. */
    public static String display(List<ByteString> names) {
        StringBuilder path = new StringBuilder();
        for (ByteString name : names) {
            path.append('/').append(name.display());
        }
        return path.isEmpty() ? "/" : path.toString();
    }

    /** Whether a directory may have an entry of this name: one part, not empty, not {@code .} or {@code ..}, not too long. */
    public static boolean isName(ByteString name) {
        if (name.isEmpty() || name.length() > MAX_NAME_BYTES || name.equals(HERE) || name.equals(UP)) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (name.at(i) == '/' || name.at(i) == 0) {
                return false;
            }
        }
        return true;
    }
}
