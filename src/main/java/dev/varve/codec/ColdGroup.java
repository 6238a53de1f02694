package dev.varve.codec;

import dev.varve.model.PackKind;
import dev.varve.model.VarveException;

/**
 * The chunks of one cold frame, ready to be sealed by any thread. Memory: the chunks (see {@link FrameBuilder}) until it is
 * sealed, and {@link #SEALING_BYTES} more in the thread that does that.
 */
public record ColdGroup(PackKind kind, ContentClass contentClass, FrameBuilder chunks) {
    /** Heap that sealing takes at most for the time it takes: the encoder, the compressed frame, and what is read back. */
    public static final long SEALING_BYTES = 64 << 20;

    /** Compresses, seals and verifies; to be called once. See {@link FrameWriter#seal(PackKind, FrameBuilder, ContentClass)}. */
    public SealedFrame seal(FrameWriter frames) throws VarveException {
        return frames.seal(kind, chunks, contentClass);
    }
}
