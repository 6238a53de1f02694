package dev.varve.codec;

import dev.varve.model.PackKind;
import java.nio.ByteBuffer;
import java.util.List;

/** A frame ready to be appended to a pack. Immutable, provided that nobody writes into the buffer's array. */
public final class SealedFrame {
    private final PackKind kind;
    private final int plainLength;
    private final List<FrameChunk> chunks;
    private final ByteBuffer stored;

    SealedFrame(PackKind kind, int plainLength, List<FrameChunk> chunks, ByteBuffer stored) {
        this.kind = kind;
        this.plainLength = plainLength;
        this.chunks = chunks;
        this.stored = stored;
    }

    public PackKind kind() {
        return kind;
    }

    /** Bytes of the plaintext: the chunks and the table of their lengths. */
    public int plainLength() {
        return plainLength;
    }

    public List<FrameChunk> chunks() {
        return chunks;
    }

    /** The bytes to store, from position to limit; a new view each time. */
    public ByteBuffer stored() {
        return stored.duplicate();
    }

    public int storedLength() {
        return stored.remaining();
    }
}
