package dev.varve.backend.sftp;

import dev.varve.backend.ObjectNames;
import dev.varve.model.BackendException;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Unfinished objects in {@code tmp/}. Nobody can tell from afar whether their writers live, so those that are a day old, by the
 * server's clock, are removed by the first store of each process that may. Thread safe.
 */
final class SftpTemporaries {
    static final Duration STALE_AFTER = Duration.ofDays(1);

    private static final int NAME_BYTES = 12;

    private final String directory;
    private final SecureRandom random = new SecureRandom();
    private boolean swept;

    SftpTemporaries(String root) {
        this.directory = root + "/" + ObjectNames.TEMPORARY;
    }

    String newPath() {
        byte[] name = new byte[NAME_BYTES];
        random.nextBytes(name);
        return directory + "/" + HexFormat.of().formatHex(name);
    }

    /** @param fresh an unfinished object just made: its time is the server's now */
    void sweepOnce(SftpFiles files, byte[] fresh) throws IOException {
        synchronized (this) {
            if (swept) {
                return;
            }
            swept = true;
        }
        long now = files.status(fresh).modifiedSeconds();
        List<String> stale = new ArrayList<>();
        files.list(directory, (name, attributes) -> {
            if (attributes.isRegularFile() && attributes.modifiedSeconds() < now - STALE_AFTER.toSeconds()) {
                stale.add(directory + "/" + name);
            }
        });
        for (String path : stale) {
            remove(files, path);
        }
    }

    /** As far as that is allowed and works: what is left is swept by somebody else, or later. */
    static boolean remove(SftpFiles files, String path) throws IOException {
        try {
            files.remove(path);
            return true;
        } catch (SftpStatusException | BackendException e) {
            return false;
        }
    }
}
