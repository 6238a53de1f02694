package dev.varve.tiering;

import java.util.List;

/**
 * What was copied to a cold tier, or would be.
 *
 * @param dataBytes plaintext of the chunks
 * @param storedBytes what they take in the tier; 0 when only looked at
 * @param metadataPacks packs of metadata, copied as they are
 * @param snapshots that the tier holds whole now and did not before
 * @param waiting snapshots that it does not hold whole yet
 * @param problems what could not be copied, one line each
 */
public record CopyReport(
        String tier,
        long chunks,
        long dataBytes,
        long storedBytes,
        long metadataPacks,
        long metadataBytes,
        long snapshots,
        long waiting,
        List<String> problems) {
    public CopyReport {
        problems = List.copyOf(problems);
    }
}
