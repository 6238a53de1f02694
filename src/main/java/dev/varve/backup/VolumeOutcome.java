package dev.varve.backup;

import dev.varve.snapshot.VolumeRecord;

/** One volume's part of a backup: its record, with statistics, and what was done to get it. */
public record VolumeOutcome(VolumeRecord record, IngestCounts counts) {}
