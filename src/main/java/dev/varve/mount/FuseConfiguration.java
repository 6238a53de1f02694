package dev.varve.mount;

import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** /etc/fuse.conf: whether other users than root may let others into their mounts. */
public final class FuseConfiguration {
    private static final Path FILE = Path.of("/etc/fuse.conf");

    private FuseConfiguration() {}

    /** Whether a mount by this user can be open to others: root's always, a user's when the machine's owner says so. */
    public static boolean mayAllowOther() throws IOException {
        return mayAllowOther(new Libc().effectiveUser(), FILE);
    }

    /** Whether this process is root's. */
    public static boolean isRoot() {
        return new Libc().effectiveUser() == 0;
    }

    static void requireAllowOther(int user) throws IOException {
        if (!mayAllowOther(user, FILE)) {
            throw new RefusedException("other users may not be let in: add the line user_allow_other to " + FILE
                    + ", or leave out --allow-other");
        }
    }

    static boolean mayAllowOther(int user, Path file) throws IOException {
        if (user == 0) {
            return true;
        }
        return Files.isReadable(file)
                && Files.readString(file, StandardCharsets.ISO_8859_1)
                        .lines()
                        .anyMatch(line -> line.strip().equals("user_allow_other"));
    }
}
