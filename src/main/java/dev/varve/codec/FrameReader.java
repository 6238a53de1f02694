package dev.varve.codec;

import dev.varve.crypto.Sealer;
import dev.varve.model.CorruptException;
import dev.varve.model.PackKind;
import dev.varve.model.UnsupportedFormatException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Opens frames (docs/format.md, "Frame"). Its input is hostile; its output is authenticated. Thread safe. */
public final class FrameReader {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final Envelope envelope;

    public FrameReader(Sealer frames) {
        envelope = new Envelope(FrameFormat.MAGIC, frames);
    }

    /**
     * @param resource the pack, for messages
     * @param offset where the frame lies in it, in bytes
     * @param stored an array-backed buffer with exactly the frame from position to limit; not moved
     */
    public DecodedFrame decode(String resource, long offset, ByteBuffer stored)
            throws CorruptException, UnsupportedFormatException {
        Envelope.Opened opened = envelope.open(resource, offset, stored);
        PackKind kind = FrameFormat.kind(opened.kind());
        if (kind == null) {
            throw new CorruptException(resource, offset, "frame kind " + opened.kind() + " is unknown");
        }
        return frame(resource, offset, kind, opened.plain());
    }

    private static DecodedFrame frame(String resource, long offset, PackKind kind, byte[] plain)
            throws CorruptException {
        int countAt = plain.length - Integer.BYTES;
        long count = countAt < 0 ? 0 : Integer.toUnsignedLong((int) INT.get(plain, countAt));
        if (count < 1 || count > FrameFormat.MAX_CHUNKS || count * FrameFormat.TABLE_ENTRY_BYTES > countAt) {
            throw new CorruptException(resource, offset, "frame says it holds " + count + " chunks");
        }
        int dataLength = countAt - (int) count * FrameFormat.TABLE_ENTRY_BYTES;
        int[] ends = new int[(int) count];
        long[] idStarts = new long[(int) count];
        int end = 0;
        for (int i = 0; i < ends.length; i++) {
            int entry = dataLength + i * FrameFormat.TABLE_ENTRY_BYTES;
            int length = (int) INT.get(plain, entry);
            idStarts[i] = (long) LONG.get(plain, entry + Integer.BYTES);
            if (length < 1 || length > dataLength - end) {
                throw new CorruptException(resource, offset, "chunk " + i + " of the frame has a wrong length");
            }
            end += length;
            ends[i] = end;
        }
        if (end != dataLength) {
            throw new CorruptException(resource, offset, "the frame's chunks do not fill it");
        }
        return new DecodedFrame(kind, 0, plain, ends, idStarts);
    }
}
