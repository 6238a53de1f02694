package dev.varve.restore;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** Counts what a running restore does; anyone may look at it at any time. Thread safe. */
public final class RestoreProgress {
    private final LongAdder restored = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder problems = new LongAdder();
    private final Map<Setting, RestoreReport.Unset> unset = new EnumMap<>(Setting.class); // guarded by itself
    private final Consumer<String> problemLines;

    /** @param problemLines told one line for each file that cannot be restored; called from several threads */
    public RestoreProgress(Consumer<String> problemLines) {
        this.problemLines = problemLines;
    }

    public long restored() {
        return restored.sum();
    }

    public long skipped() {
        return skipped.sum();
    }

    public long bytes() {
        return bytes.sum();
    }

    public RestoreReport report() {
        synchronized (unset) {
            return new RestoreReport(restored.sum(), skipped.sum(), bytes.sum(), problems.sum(), unset);
        }
    }

    void addRestored() {
        restored.increment();
    }

    void addSkipped() {
        skipped.increment();
    }

    void addBytes(long count) {
        bytes.add(count);
    }

    void addProblem(String path, String reason) {
        problems.increment();
        problemLines.accept(path + ": " + reason);
    }

    void addUnset(Setting setting, String path, String reason) {
        synchronized (unset) {
            RestoreReport.Unset old = unset.get(setting);
            unset.put(
                    setting,
                    old == null
                            ? new RestoreReport.Unset(1, path, reason)
                            : new RestoreReport.Unset(old.count() + 1, old.firstPath(), old.reason()));
        }
    }
}
