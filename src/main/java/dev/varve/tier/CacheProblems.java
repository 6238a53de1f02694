package dev.varve.tier;

import dev.varve.model.VarveException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What went wrong in the cache: each kind with its first message, however often it comes. Thread safe. */
final class CacheProblems {
    private final Path directory;
    private final Map<String, String> byKind = new LinkedHashMap<>();

    CacheProblems(Path directory) {
        this.directory = directory;
    }

    /** @param what was not done; also the kind */
    synchronized void add(String what, IOException failure) {
        if (byKind.containsKey(what)) {
            return;
        }
        String line = "read cache " + directory + ": " + what + ": " + reason(failure);
        byKind.put(what, line);
        System.getLogger(ReadCache.class.getName()).log(System.Logger.Level.DEBUG, line);
    }

    /** The lines, oldest first. */
    synchronized List<String> list() {
        return new ArrayList<>(byKind.values());
    }

    private static String reason(IOException failure) {
        if (failure instanceof FileSystemException known && known.getReason() != null) {
            return known.getReason();
        }
        if (failure instanceof VarveException) {
            return failure.getMessage();
        }
        String name = failure.getClass().getSimpleName();
        return failure.getMessage() == null ? name : name + ": " + failure.getMessage();
    }
}
