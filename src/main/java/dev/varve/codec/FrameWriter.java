package dev.varve.codec;

import dev.varve.bytes.ByteWriter;
import dev.varve.crypto.Sealer;
import dev.varve.model.CorruptException;
import dev.varve.model.PackKind;
import dev.varve.model.VarveException;
import java.nio.ByteBuffer;
import java.util.List;

/** Compresses and seals frames (docs/format.md, "Frame"). Thread safe: several threads may seal frames at once. */
public final class FrameWriter {
    private final Envelope envelope;

    public FrameWriter(Sealer frames) {
        envelope = new Envelope(FrameFormat.MAGIC, frames);
    }

    /** Seals with LZ4 what the builder collected and leaves the builder empty. */
    public SealedFrame seal(PackKind kind, FrameBuilder builder) {
        List<FrameChunk> chunks = chunksOf(builder);
        ByteBuffer plain = plaintext(builder, chunks);
        ByteBuffer stored = envelope.seal(FrameFormat.code(kind), plain);
        builder.clear();
        return new SealedFrame(kind, plain.remaining(), chunks, stored);
    }

    /**
     * Seals with the class's compression what the builder collected, opens it again and compares, since these frames become
     * the only copy; leaves the builder empty.
     *
     * @throws VarveException if the frame does not give back what went in: the machine is not to be trusted, and nothing that
     *     it was to replace may be deleted
     */
    public SealedFrame seal(PackKind kind, FrameBuilder builder, ContentClass contentClass) throws VarveException {
        List<FrameChunk> chunks = chunksOf(builder);
        ByteBuffer plain = plaintext(builder, chunks);
        int code = FrameFormat.code(kind);
        XzSettings xz = contentClass.xz();
        ByteBuffer stored = xz == null ? envelope.seal(code, plain) : envelope.seal(code, plain, xz);
        String resource = "frame of " + plain.remaining() + " bytes, just compressed";
        if (!ByteBuffer.wrap(envelope.open(resource, -1, stored).plain()).equals(plain)) {
            throw new CorruptException(
                    resource, -1, "is not what went in, so it was not stored: test this machine's memory");
        }
        builder.clear();
        return new SealedFrame(kind, plain.remaining(), chunks, stored);
    }

    private static List<FrameChunk> chunksOf(FrameBuilder builder) {
        if (builder.isEmpty()) {
            throw new IllegalArgumentException("a frame holds at least one chunk");
        }
        return builder.chunks();
    }

    /** A view of the builder's memory: chunks and table. */
    private static ByteBuffer plaintext(FrameBuilder builder, List<FrameChunk> chunks) {
        ByteWriter plain = builder.data();
        for (FrameChunk chunk : chunks) {
            plain.u32(Integer.toUnsignedLong(chunk.length()));
            plain.u64(Long.reverseBytes(chunk.id().a()));
        }
        return plain.u32(chunks.size()).toBuffer();
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
