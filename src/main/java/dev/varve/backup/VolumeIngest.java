package dev.varve.backup;

import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInfo;
import dev.varve.model.ByteString;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.snapshot.VolumeStatistics;
import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Turns one volume into its record: first the tree of files, then the image map over the same chunks. Used once, by the
 * thread that owns the pipeline; closes nothing.
 */
final class VolumeIngest {
    private final Ingest ingest;
    private final String source;
    private final ByteString mountPoint;
    private final CountedSource device;
    private final LongSupplier newBytes;
    private final LongSupplier storedBytes;
    private final long problemsBefore;
    private final long newBefore;
    private final long storedBefore;

    /**
     * @param source as the user named it
     * @param device that the volume reads from, for its count
     * @param newBytes of the session so far
     * @param storedBytes of the session so far
     */
    VolumeIngest(
            Ingest ingest,
            String source,
            ByteString mountPoint,
            CountedSource device,
            LongSupplier newBytes,
            LongSupplier storedBytes) {
        this.ingest = ingest;
        this.source = source;
        this.mountPoint = mountPoint;
        this.device = device;
        this.newBytes = newBytes;
        this.storedBytes = storedBytes;
        problemsBefore = ingest.problems().count();
        newBefore = newBytes.getAsLong();
        storedBefore = storedBytes.getAsLong();
    }

    /**
     * Backs up a file system.
     *
     * @param previous the last snapshot of it, or null
     * @param verifyPercent of unchanged files that are read again
     */
    VolumeOutcome files(Volume volume, StoredVolume previous, double verifyPercent) throws IOException {
        VolumeInfo info = volume.info();
        UnchangedRule rule = previous == null
                ? null
                : UnchangedRule.between(previous.record().info(), info);
        ProofRound proof = previous == null
                ? null
                : new ProofRound(previous.record().statistics(), heldBytes(info), verifyPercent);
        PreviousChunks chunks = previous == null ? null : previousChunks(previous);
        try (PlacedRuns placed = new PlacedRuns(ingest.scratchDirectory(), ingest.pipeline());
                InodeTypes types = new InodeTypes(ingest.scratchDirectory());
                PreviousInodes before =
                        previous == null ? null : new PreviousInodes(previous.inodes(), chunks::namedAreStored)) {
            InodeIngest files = new InodeIngest(volume, ingest, placed, types, rule, before, chunks, proof);
            Content inodes = files.run();
            ImageIngest image = new ImageIngest(volume, ingest, placed);
            Content map = image.run();
            ingest.finish();
            VolumeStatistics statistics = statistics(
                    files.inodes(),
                    files.regularFiles(),
                    files.contentBytes(),
                    files.skippedBytes(),
                    proof == null ? 0 : proof.cursor());
            return new VolumeOutcome(record(info, inodes, map, statistics), files.counts(image.rawBytes()));
        }
    }

    /** Free blocks may be told wrong by a damaged superblock. */
    private static long heldBytes(VolumeInfo info) {
        return Math.max(0, info.blockCount() - Math.max(0, info.freeBlocks())) * info.blockSize();
    }

    private PreviousChunks previousChunks(StoredVolume previous) {
        ChunkPipeline pipeline = ingest.pipeline();
        return new PreviousChunks(pipeline, previous.verifier(new StoredChunks(pipeline)), ingest.packsLost());
    }

    /** Backs up the device as it is. */
    VolumeOutcome raw() throws IOException {
        Content content = new RawIngest(device, ingest).run();
        ingest.finish();
        VolumeStatistics statistics = statistics(0, 0, 0, 0, 0);
        return new VolumeOutcome(
                record(RawIngest.info(device), null, content, statistics),
                new IngestCounts(0, 0, 0, 0, device.sizeBytes(), "it is kept raw"));
    }

    private VolumeRecord record(VolumeInfo info, Content inodes, Content image, VolumeStatistics statistics) {
        return new VolumeRecord(ingest.label(), source, mountPoint, info, inodes, image, statistics);
    }

    private VolumeStatistics statistics(
            long inodes, long regularFiles, long contentBytes, long skippedBytes, long proofCursor) {
        return new VolumeStatistics(
                inodes,
                regularFiles,
                contentBytes,
                device.bytesRead(),
                skippedBytes,
                newBytes.getAsLong() - newBefore,
                storedBytes.getAsLong() - storedBefore,
                ingest.problems().count() - problemsBefore,
                proofCursor);
    }
}
