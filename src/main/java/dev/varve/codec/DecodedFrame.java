package dev.varve.codec;

import dev.varve.crypto.IdHasher;
import dev.varve.model.ChunkId;
import dev.varve.model.PackKind;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * An opened frame, or a part of one: authenticated chunk bytes and where each chunk lies. Offsets are always those of the
 * whole frame, so a reader need not know which of the two it has. Part k of a frame has the chunks that begin in its k-th
 * {@link FrameFormat#HOT_TARGET_BYTES} of plaintext; the last of them may reach beyond. A hot frame is its own part 0.
 * Immutable and thread safe. Memory: the plaintext and 12 bytes a chunk ({@link #sizeBytes}).
 */
public final class DecodedFrame {
    private final PackKind kind;
    private final int base;
    private final byte[] plain;
    private final int[] ends;
    private final long[] idStarts;

    /**
     * @param base where the first chunk begins, in bytes from the start of the frame's plaintext
     * @param plain begins with the chunks; what follows them is not looked at
     * @param ends of each chunk, counted from the first
     */
    DecodedFrame(PackKind kind, int base, byte[] plain, int[] ends, long[] idStarts) {
        this.kind = kind;
        this.base = base;
        this.plain = plain;
        this.ends = ends;
        this.idStarts = idStarts;
    }

    /** The part of a frame that has the chunk which begins {@code chunkOffset} bytes from the start of its plaintext. */
    public static int partOf(int chunkOffset) {
        return chunkOffset / FrameFormat.HOT_TARGET_BYTES;
    }

    public PackKind kind() {
        return kind;
    }

    /** Parts 0 to this − 1 may hold chunks, no others. */
    public int partLimit() {
        return partOf(offset(ends.length - 1)) + 1;
    }

    /**
     * The chunks of one part; null when none begins there. What is all in one part is not copied, otherwise the part holds
     * nothing of the frame.
     */
    public DecodedFrame part(int number) {
        int from = 0;
        while (from < ends.length && partOf(offset(from)) < number) {
            from++;
        }
        int to = from;
        while (to < ends.length && partOf(offset(to)) == number) {
            to++;
        }
        if (from == to) {
            return null;
        }
        if (to - from == ends.length) {
            return this;
        }
        int start = offset(from) - base;
        int[] partEnds = new int[to - from];
        for (int i = from; i < to; i++) {
            partEnds[i - from] = ends[i] - start;
        }
        byte[] bytes = Arrays.copyOfRange(plain, start, ends[to - 1]);
        return new DecodedFrame(kind, base + start, bytes, partEnds, Arrays.copyOfRange(idStarts, from, to));
    }

    /**
     * The same chunks as a part of a frame: the first begins at {@code offset}. Shares memory with this.
     *
     * @throws IllegalArgumentException unless offset and chunks lie in what a frame can hold
     */
    public DecodedFrame movedTo(int offset) {
        if (offset < 0 || offset > EnvelopeHeader.MAX_PLAIN_BYTES - dataLength()) {
            throw new IllegalArgumentException("no frame has " + dataLength() + " bytes at " + offset);
        }
        return new DecodedFrame(kind, offset, plain, ends, idStarts);
    }

    public int chunkCount() {
        return ends.length;
    }

    /** Where chunk {@code index} begins, in bytes from the start of the frame's plaintext. */
    public int offset(int index) {
        return base + start(index);
    }

    private int start(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    public int length(int index) {
        return ends[index] - start(index);
    }

    /** Bytes of all chunks. */
    public int dataLength() {
        return ends[ends.length - 1];
    }

    /** The name of chunk {@code index}, computed from its bytes. */
    public ChunkId id(int index, IdHasher hasher) {
        return hasher.id(plain, start(index), length(index));
    }

    /** The first eight bytes of the name of chunk {@code index}, as the writer put them under the seal. */
    long idStart(int index) {
        return idStarts[index];
    }

    /**
     * Whether the frame says that a chunk of this name lies exactly at {@code [offset, offset + length)}: what a location
     * must be held against. The writer put the first eight bytes of each id under the seal, so this needs no hashing.
     */
    public boolean holds(ChunkId id, int offset, int length) {
        int index = offset == base ? 0 : Arrays.binarySearch(ends, offset - base) + 1;
        return index >= 0
                && index < ends.length
                && offset(index) == offset
                && length(index) == length
                && idStarts[index] == id.a();
    }

    /** A read-only view of a range of the chunk bytes. */
    public ByteBuffer slice(int offset, int length) {
        check(offset, length);
        return ByteBuffer.wrap(plain, offset - base, length).slice().asReadOnlyBuffer();
    }

    public void copyTo(int offset, byte[] target, int targetOffset, int length) {
        check(offset, length);
        System.arraycopy(plain, offset - base, target, targetOffset, length);
    }

    /** Copies {@code length} bytes to the buffer's position and moves it on. */
    public void copyTo(int offset, ByteBuffer target, int length) {
        check(offset, length);
        target.put(plain, offset - base, length);
    }

    /** Heap that this takes, for caches. */
    public int sizeBytes() {
        return plain.length + ends.length * FrameFormat.TABLE_ENTRY_BYTES + 96;
    }

    private void check(int offset, int length) {
        if (offset < base || length < 0 || length > dataLength() - (offset - base)) {
            throw new IllegalArgumentException(offset + "+" + length + " of " + base + "+" + dataLength());
        }
    }
}
