package dev.varve.backup;

import dev.varve.model.ChunkId;
import dev.varve.snapshot.Part;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.VolumeVerifier;
import java.io.IOException;

/**
 * Says whether what the previous snapshot holds of an inode is still stored, so that it may be taken over. As a rule only the
 * chunks that the inode itself names are looked up, which reads nothing; once packs are known to be lost, all below them is
 * walked, too. A loss that an earlier backup met and that hurts only chunks below the first level is left to the proving
 * re-read and to {@code varve check}. Thread safe is only {@link #namedAreStored}.
 */
final class PreviousChunks {
    private final ChunkPipeline pipeline;
    private final VolumeVerifier verifier;
    private boolean packsLost;

    /** @param packsLost whether packs went since the index was last brought up to them */
    PreviousChunks(ChunkPipeline pipeline, VolumeVerifier verifier, boolean packsLost) {
        this.pipeline = pipeline;
        this.verifier = verifier;
        this.packsLost = packsLost;
    }

    boolean areStored(PreviousInodes.Previous before) throws IOException {
        boolean stored = before.isNamedStored() && (!packsLost || verifier.isWhole(before.inode()));
        packsLost |= !stored;
        return stored;
    }

    /** Whether the chunks that the inode itself names are stored. */
    boolean namedAreStored(StoredInode before) throws IOException {
        if (before.content() != null) {
            for (Part part : before.content().parts()) {
                if (!part.isHole() && !pipeline.contains(part.id())) {
                    return false;
                }
            }
        }
        ChunkId node = before.directory() == null ? null : before.directory().node();
        return node == null || pipeline.contains(node);
    }
}
