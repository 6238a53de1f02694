package dev.varve.codec;

import dev.varve.bytes.ByteWriter;
import dev.varve.crypto.Sealer;
import dev.varve.model.PackKind;
import java.nio.ByteBuffer;
import java.util.List;

/** Compresses and seals frames (docs/format.md, "Frame"). Thread safe: several threads may seal frames at once. */
public final class FrameWriter {
    private final Envelope envelope;

    public FrameWriter(Sealer frames) {
        envelope = new Envelope(FrameFormat.MAGIC, frames);
    }

    /** Seals what the builder collected and leaves the builder empty. */
    public SealedFrame seal(PackKind kind, FrameBuilder builder) {
        if (builder.isEmpty()) {
            throw new IllegalArgumentException("a frame holds at least one chunk");
        }
        List<FrameChunk> chunks = builder.chunks();
        ByteWriter plain = builder.data();
        for (FrameChunk chunk : chunks) {
            plain.u32(Integer.toUnsignedLong(chunk.length()));
            plain.u64(Long.reverseBytes(chunk.id().a()));
        }
        plain.u32(chunks.size());
        int plainLength = plain.position();
        SealedFrame frame =
                new SealedFrame(kind, plainLength, chunks, envelope.seal(FrameFormat.code(kind), plain.toBuffer()));
        builder.clear();
        return frame;
    }

    /**
     * Seals an opened frame, or part of one, anew. The sealed form does not say where a part lies: what is opened again
     * begins at 0 ({@link DecodedFrame#movedTo}).
     *
     * @return an array-backed buffer with exactly the bytes to store
     */
    public ByteBuffer seal(DecodedFrame frame) {
        int count = frame.chunkCount();
        ByteWriter plain = new ByteWriter(frame.dataLength() + count * FrameFormat.TABLE_ENTRY_BYTES + Integer.BYTES);
        plain.bytes(frame.slice(frame.offset(0), frame.dataLength()));
        for (int i = 0; i < count; i++) {
            plain.u32(frame.length(i));
            plain.u64(Long.reverseBytes(frame.idStart(i)));
        }
        plain.u32(count);
        return envelope.seal(FrameFormat.code(frame.kind()), plain.toBuffer());
    }
}
