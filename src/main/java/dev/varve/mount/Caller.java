package dev.varve.mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Who asks: what the kernel says of the process behind a request.
 *
 * @param pid of the thread, 0 when it has none in this process's namespace
 */
record Caller(int uid, int gid, int pid) {
    private static final String GROUPS = "Groups:";

    /** All groups of the process, or null when that cannot be found out: whoever decides by them must then say no. */
    Set<Integer> groups() throws IOException {
        if (pid <= 0) {
            return null;
        }
        try {
            return groups(
                    Files.readString(Path.of("/proc", Integer.toString(pid), "status"), StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            return null; // it has ended
        }
    }

    /** @param status as /proc/PID/status */
    Set<Integer> groups(String status) {
        Set<Integer> groups = new HashSet<>(Set.of(gid));
        for (String line : status.split("\n", -1)) {
            if (line.startsWith(GROUPS)) {
                for (String group : line.substring(GROUPS.length()).strip().split("\\s+", -1)) {
                    if (!group.isEmpty()) {
                        groups.add(Integer.parseUnsignedInt(group));
                    }
                }
                return groups;
            }
        }
        return null;
    }

    /** Finds out who asks, on the thread that answers. */
    @FunctionalInterface
    interface Source {
        Caller current();
    }
}
