package dev.varve.backup;

import dev.varve.chunk.Chunker;
import dev.varve.repository.ChunkLane;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What the parts of one volume's ingest share. All of it is used by one thread, the pipeline's owner.
 *
 * @param label of the volume, in front of every problem line
 * @param packsLost whether packs went from the repository since its index was last brought up to them
 * @param scratchDirectory for what does not fit in memory
 */
record Ingest(
        String label,
        ChunkPipeline pipeline,
        Chunker chunker,
        ChunkLane metadata,
        boolean packsLost,
        Path scratchDirectory,
        ProblemLog problems,
        BackupProgress progress) {
    /** Everything put so far is in frames that are on their way to packs, and so counted. Nothing is put after it. */
    void finish() throws IOException {
        pipeline.finish();
        metadata.close();
    }

    void problem(String what) {
        problems.add(label + ": " + what);
    }

    void problem(long inode, String what) {
        problems.add(label, inode, what);
    }
}
