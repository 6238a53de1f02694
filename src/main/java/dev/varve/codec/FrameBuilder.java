package dev.varve.codec;

import dev.varve.bytes.ByteWriter;
import dev.varve.model.ChunkId;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects chunks until a frame's worth is there. Not thread safe; reusable after {@link #clear}. Memory: the target size
 * once (twice while it grows), and 72 bytes a chunk.
 */
public final class FrameBuilder {
    private final int targetBytes;
    private final ByteWriter data;
    private final List<FrameChunk> chunks = new ArrayList<>();

    /** @param targetBytes chunk bytes to collect, e.g. {@link FrameFormat#HOT_TARGET_BYTES} */
    public FrameBuilder(int targetBytes) {
        if (targetBytes < 1 || targetBytes > FrameFormat.MAX_DATA_BYTES) {
            throw new IllegalArgumentException("frames of " + targetBytes + " bytes");
        }
        this.targetBytes = targetBytes;
        this.data = new ByteWriter(targetBytes + 4096);
    }

    /** Whether a chunk of this length still belongs into this frame. A chunk longer than the target gets a frame alone. */
    public boolean fits(int length) {
        return chunks.isEmpty() || chunks.size() < FrameFormat.MAX_CHUNKS && data.position() + length <= targetBytes;
    }

    /** Copies the chunk. */
    public void add(ChunkId id, byte[] source, int offset, int length) {
        if (length < 1 || length > FrameFormat.MAX_DATA_BYTES || !fits(length)) {
            throw new IllegalArgumentException("no room for a chunk of " + length + " bytes");
        }
        chunks.add(new FrameChunk(id, data.position(), length));
        data.bytes(source, offset, length);
    }

    public boolean isEmpty() {
        return chunks.isEmpty();
    }

    /** Chunk bytes so far. */
    public int dataLength() {
        return data.position();
    }

    public void clear() {
        data.clear();
        chunks.clear();
    }

    List<FrameChunk> chunks() {
        return List.copyOf(chunks);
    }

    /** The chunks' bytes; the table of lengths goes behind them. */
    ByteWriter data() {
        return data;
    }
}
