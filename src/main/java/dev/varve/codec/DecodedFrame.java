package dev.varve.codec;

import dev.varve.crypto.IdHasher;
import dev.varve.model.ChunkId;
import dev.varve.model.PackKind;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * An opened frame: authenticated chunk bytes and where each chunk lies. Immutable and thread safe. Memory: the plaintext
 * and 12 bytes a chunk ({@link #sizeBytes}).
 */
public final class DecodedFrame {
    private final PackKind kind;
    private final byte[] plain;
    private final int[] ends;
    private final long[] idStarts;

    DecodedFrame(PackKind kind, byte[] plain, int[] ends, long[] idStarts) {
        this.kind = kind;
        this.plain = plain;
        this.ends = ends;
        this.idStarts = idStarts;
    }

    public PackKind kind() {
        return kind;
    }

    public int chunkCount() {
        return ends.length;
    }

    /** Where chunk {@code index} begins, in bytes from the start of the frame's plaintext. */
    public int offset(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    public int length(int index) {
        return ends[index] - offset(index);
    }

    /** Bytes of all chunks. */
    public int dataLength() {
        return ends[ends.length - 1];
    }

    /** The name of chunk {@code index}, computed from its bytes. */
    public ChunkId id(int index, IdHasher hasher) {
        return hasher.id(plain, offset(index), length(index));
    }

    /**
     * Whether the frame says that a chunk of this name lies exactly at {@code [offset, offset + length)}: what a location
     * must be held against. The writer put the first eight bytes of each id under the seal, so this needs no hashing.
     */
    public boolean holds(ChunkId id, int offset, int length) {
        int index = offset == 0 ? 0 : Arrays.binarySearch(ends, offset) + 1;
        return index >= 0
                && index < ends.length
                && offset(index) == offset
                && length(index) == length
                && idStarts[index] == id.a();
    }

    /** A read-only view of a range of the chunk bytes. */
    public ByteBuffer slice(int offset, int length) {
        check(offset, length);
        return ByteBuffer.wrap(plain, offset, length).slice().asReadOnlyBuffer();
    }

    public void copyTo(int offset, byte[] target, int targetOffset, int length) {
        check(offset, length);
        System.arraycopy(plain, offset, target, targetOffset, length);
    }

    /** Copies {@code length} bytes to the buffer's position and moves it on. */
    public void copyTo(int offset, ByteBuffer target, int length) {
        check(offset, length);
        target.put(plain, offset, length);
    }

    /** Heap that this takes, for caches. */
    public int sizeBytes() {
        return plain.length + ends.length * FrameFormat.TABLE_ENTRY_BYTES + 96;
    }

    private void check(int offset, int length) {
        if (offset < 0 || length < 0 || length > dataLength() - offset) {
            throw new IllegalArgumentException(offset + "+" + length + " of " + dataLength());
        }
    }
}
