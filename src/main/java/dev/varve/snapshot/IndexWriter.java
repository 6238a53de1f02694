package dev.varve.snapshot;

import dev.varve.model.ChunkId;
import dev.varve.repository.ChunkLane;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Builds a fixed-record index: slot number → chunk id, as a content of blocks of {@link SnapshotFormat#INDEX_BLOCK_SLOTS}
 * slots; blocks without entries are holes, so unchanged blocks are shared between snapshots. Memory: one block.
 */
final class IndexWriter {
    private final ChunkLane metadata;
    private final ContentWriter content;
    private final byte[] block = new byte[SnapshotFormat.INDEX_BLOCK_BYTES];
    private long blockNumber = -1;
    private long lastSlot = -1;

    IndexWriter(ChunkLane metadata) {
        this.metadata = metadata;
        this.content = new ContentWriter(metadata);
    }

    /** Slots ascend. */
    void put(long slot, ChunkId id) throws IOException {
        if (slot <= lastSlot) {
            throw new IllegalArgumentException("slot " + slot + " after " + lastSlot);
        }
        lastSlot = slot;
        long number = slot / SnapshotFormat.INDEX_BLOCK_SLOTS;
        if (number != blockNumber) {
            flush();
            blockNumber = number;
        }
        id.write(
                ByteBuffer.wrap(block, (int) (slot % SnapshotFormat.INDEX_BLOCK_SLOTS) * ChunkId.BYTES, ChunkId.BYTES));
    }

    Content finish() throws IOException {
        flush();
        return content.finish();
    }

    private void flush() throws IOException {
        if (blockNumber < 0) {
            return;
        }
        long gap = blockNumber * SnapshotFormat.INDEX_BLOCK_BYTES - content.size();
        if (gap > 0) {
            content.addHole(gap);
        }
        content.addChunk(metadata.put(block, 0, block.length), block.length);
        java.util.Arrays.fill(block, (byte) 0);
    }
}
