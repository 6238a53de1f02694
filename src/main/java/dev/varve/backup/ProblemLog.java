package dev.varve.backup;

import java.util.ArrayList;
import java.util.List;

/** What a backup could not do as asked. Not thread safe. Memory: the first {@link #KEPT} lines; the rest is counted. */
final class ProblemLog {
    /** Lines that are kept. */
    static final int KEPT = 1000;

    private final List<String> lines = new ArrayList<>();
    private long count;

    void add(String line) {
        count++;
        if (lines.size() < KEPT) {
            lines.add(line);
        }
    }

    long count() {
        return count;
    }

    /** The lines in the order in which they came, and one that says how many were left out. */
    List<String> lines() {
        List<String> all = new ArrayList<>(lines);
        if (count > lines.size()) {
            all.add((count - lines.size()) + " more problems of this backup are not listed");
        }
        return all;
    }
}
