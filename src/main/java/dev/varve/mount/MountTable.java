package dev.varve.mount;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What this process sees mounted: /proc/self/mountinfo (man 5 proc). Paths are bytes, read as Latin-1. */
record MountTable(List<Entry> entries) {
    /**
     * One mount.
     *
     * @param device major:minor of st_dev
     * @param path of the mount point, bytes as Latin-1
     * @param source what the file system calls its device
     */
    record Entry(String device, String path, String type, String source) {
        boolean isVarve() {
            return type.equals("fuse." + MountOptions.SUBTYPE);
        }

        /** The process that answers for a varve mount; empty when it has ended. */
        Optional<ProcessHandle> server() {
            String prefix = MountOptions.SUBTYPE + ":";
            String id = source.startsWith(prefix) ? source.substring(prefix.length()) : "";
            return id.matches("[0-9]{1,9}") ? ProcessHandle.of(Long.parseLong(id)) : Optional.empty();
        }
    }

    static MountTable read() throws IOException {
        return parse(Files.readString(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1));
    }

    /** {@code 36 35 98:0 /root /mount/point options … - type source superoptions}; lines that are not like this are skipped. */
    static MountTable parse(String text) {
        List<Entry> entries = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            int dash = line.indexOf(" - ");
            String[] before = line.split(" ", -1);
            String[] after = dash < 0 ? new String[0] : line.substring(dash + 3).split(" ", -1);
            if (before.length > 4 && after.length > 1) {
                entries.add(new Entry(before[2], unescape(before[4]), after[0], unescape(after[1])));
            }
        }
        return new MountTable(entries);
    }

    /** The topmost mount on a path, or null. */
    Entry on(Path path) {
        String wanted = NativeNames.latin1(path);
        Entry found = null;
        for (Entry entry : entries) {
            if (entry.path().equals(wanted)) {
                found = entry;
            }
        }
        return found;
    }

    /** The kernel writes space, tab, newline and backslash as three octal digits. */
    private static String unescape(String field) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) == '\\' && i + 3 < field.length()) {
                bytes.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                bytes.write(field.charAt(i));
            }
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }
}
