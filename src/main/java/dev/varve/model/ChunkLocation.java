package dev.varve.model;

/**
 * Where a chunk lies: bytes {@code [offset, offset + length)} of the plaintext of the frame that occupies
 * {@code [frameOffset, frameOffset + frameLength)} of a pack (header and tag included).
 *
 * @param frameOffset bytes from the start of the pack
 * @param frameLength stored bytes of the frame, so one positional read fetches it
 * @param offset bytes from the start of the frame's plaintext
 * @param length bytes of the chunk
 */
public record ChunkLocation(PackId pack, int frameOffset, int frameLength, int offset, int length) {
    public ChunkLocation {
        if (frameOffset < 0 || frameLength <= 0 || offset < 0 || length <= 0) {
            throw new IllegalArgumentException(
                    "negative or empty location: " + frameOffset + "+" + frameLength + ", " + offset + "+" + length);
        }
    }
}
