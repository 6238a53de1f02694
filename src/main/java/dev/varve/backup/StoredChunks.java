package dev.varve.backup;

import dev.varve.model.ChunkId;
import dev.varve.snapshot.VolumeVerifier;
import java.io.IOException;

/** What the repository has now, as a ledger; remembers nothing, since each inode is asked for once. */
record StoredChunks(ChunkPipeline pipeline) implements VolumeVerifier.Ledger {
    @Override
    public boolean isGood(ChunkId id) throws IOException {
        return pipeline.contains(id);
    }

    @Override
    public boolean isWhole(ChunkId id) {
        return false;
    }

    @Override
    public void markWhole(ChunkId id) {}
}
