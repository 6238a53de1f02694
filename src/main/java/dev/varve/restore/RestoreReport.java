package dev.varve.restore;

import java.util.Map;

/**
 * What a restore did.
 *
 * @param restored files of any type, directories included
 * @param skipped files that were there already, complete
 * @param bytes of content written
 * @param problems files that could not be restored; each was named to the listener
 * @param unset metadata that could not be set, by kind
 */
public record RestoreReport(long restored, long skipped, long bytes, long problems, Map<Setting, Unset> unset) {
    public RestoreReport {
        unset = Map.copyOf(unset);
    }

    public boolean isComplete() {
        return problems == 0 && unset.isEmpty();
    }

    /**
     * One kind of metadata that could not be set.
     *
     * @param firstPath one of the files, relative to the target
     * @param reason the system's words for that file
     */
    public record Unset(long count, String firstPath, String reason) {}
}
