package dev.varve.backup;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a backup could not do as asked. Not thread safe. Memory: the first {@link #KEPT} problems; the rest is counted. */
final class ProblemLog {
    /** Problems that are kept. */
    static final int KEPT = 1000;

    private final List<Problem> problems = new ArrayList<>();
    private long count;

    /** @param inode 0 when it is not about one */
    private record Problem(String volume, long inode, String what) {
        String line(PathSource paths) {
            if (inode == 0) {
                return what;
            }
            String path = paths.path(volume, inode);
            return volume + ": " + (path == null ? "inode " + inode : path + " (inode " + inode + ")") + ": " + what;
        }
    }

    /** Where inodes have their names from. */
    @FunctionalInterface
    interface PathSource {
        /** Null when it is not known. */
        String path(String volume, long inode);
    }

    void add(String line) {
        add(new Problem(null, 0, line));
    }

    void add(String volume, long inode, String what) {
        add(new Problem(volume, inode, what));
    }

    private void add(Problem problem) {
        count++;
        if (problems.size() < KEPT) {
            problems.add(problem);
        }
    }

    long count() {
        return count;
    }

    /** Inodes of a volume that the problems kept are about. */
    Set<Long> inodes(String volume) {
        Set<Long> inodes = new HashSet<>();
        for (Problem problem : problems) {
            if (problem.inode != 0 && problem.volume.equals(volume)) {
                inodes.add(problem.inode);
            }
        }
        return inodes;
    }

    /** The lines in the order in which they came, and one that says how many were left out. */
    List<String> lines(PathSource paths) {
        List<String> all = new ArrayList<>();
        for (Problem problem : problems) {
            all.add(problem.line(paths));
        }
        if (count > problems.size()) {
            all.add((count - problems.size()) + " more problems of this backup are not listed");
        }
        return all;
    }

    /** The same, with inode numbers alone. */
    List<String> lines() {
        return lines((volume, inode) -> null);
    }
}
