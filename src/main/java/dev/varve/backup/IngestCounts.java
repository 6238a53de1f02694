package dev.varve.backup;

/**
 * What an ingest did, for people and tests.
 *
 * @param filesRead regular files whose content was read off the device, proofs among them
 * @param filesTaken regular files taken over from the previous snapshot unread
 * @param filesProved unchanged files that were read all the same
 * @param directoriesRead directories whose entries were read
 * @param rawBytes of the image map kept as they are, zeros left out
 * @param fullReadReason why nothing could be taken over, or null
 */
public record IngestCounts(
        long filesRead,
        long filesTaken,
        long filesProved,
        long directoriesRead,
        long rawBytes,
        String fullReadReason) {}
