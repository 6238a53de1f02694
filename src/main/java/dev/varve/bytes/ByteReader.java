package dev.varve.bytes;

import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads fixed-size integers, varints and byte runs from a stored structure. The input is hostile: every read is checked
 * against the end and fails with a {@link CorruptException} that names the resource and the offset, and lengths are
 * checked before anything is allocated for them. Not thread safe. Holds no copy of its input.
 */
public final class ByteReader {
    private final String resource;
    private final long base;
    private final ByteBuffer source;

    private ByteReader(String resource, long base, ByteBuffer source) {
        this.resource = resource;
        this.base = base;
        this.source = source;
    }

    /** Little-endian, from position to limit; the buffer itself is not moved. */
    public static ByteReader of(String resource, ByteBuffer source) {
        return of(resource, 0, source, ByteOrder.LITTLE_ENDIAN);
    }

    public static ByteReader of(String resource, byte[] source) {
        return of(resource, ByteBuffer.wrap(source));
    }

    /**
     * @param resource for messages: the object, file or device
     * @param base where the buffer's position lies in the resource, in bytes; for messages
     */
    public static ByteReader of(String resource, long base, ByteBuffer source, ByteOrder order) {
        return new ByteReader(resource, base, source.slice().order(order));
    }

    /** Bytes read so far. */
    public int position() {
        return source.position();
    }

    public int remaining() {
        return source.remaining();
    }

    /** Goes to {@code position} bytes from the start. */
    public void seek(long position) throws CorruptException {
        if (position < 0 || position > source.limit()) {
            throw corrupt("points to byte " + position + " of " + source.limit());
        }
        source.position((int) position);
    }

    public void skip(long count) throws CorruptException {
        need(count);
        source.position(source.position() + (int) count);
    }

    public int u8() throws CorruptException {
        need(1);
        return source.get() & 0xff;
    }

    public int u16() throws CorruptException {
        need(Short.BYTES);
        return source.getShort() & 0xffff;
    }

    public long u32() throws CorruptException {
        need(Integer.BYTES);
        return source.getInt() & 0xffff_ffffL;
    }

    /** 32 bits as they are, for magics, checksums and flags. */
    public int i32() throws CorruptException {
        need(Integer.BYTES);
        return source.getInt();
    }

    /** 64 bits as they are. */
    public long u64() throws CorruptException {
        need(Long.BYTES);
        return source.getLong();
    }

    /** A u32 that must lie in {@code [min, max]}; {@code what} names it in the message. */
    public int u32(String what, int min, int max) throws CorruptException {
        long value = u32();
        if (value < min || value > max) {
            throw corrupt(what + " is " + value + ", must be " + min + " to " + max);
        }
        return (int) value;
    }

    /** An unsigned LEB128 integer of at most 64 bits in its shortest form. */
    public long varint() throws CorruptException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int octet = u8();
            if (shift == 63 && octet > 1) {
                throw corrupt("varint has more than 64 bits");
            }
            value |= (long) (octet & 0x7f) << shift;
            if ((octet & 0x80) == 0) {
                if (octet == 0 && shift > 0) {
                    throw corrupt("varint is longer than it need be");
                }
                return value;
            }
        }
        throw corrupt("varint has more than 64 bits");
    }

    /** A varint that must lie in {@code [0, max]}; {@code what} names it in the message. */
    public int varint(String what, int max) throws CorruptException {
        long value = varint();
        if (value < 0 || value > max) {
            throw corrupt(what + " is " + Long.toUnsignedString(value) + ", must be at most " + max);
        }
        return (int) value;
    }

    /** The next bytes, copied. Checked against what remains before anything is allocated. */
    public byte[] bytes(long count) throws CorruptException {
        need(count);
        byte[] copy = new byte[(int) count];
        source.get(copy);
        return copy;
    }

    public ByteString byteString(long count) throws CorruptException {
        return ByteString.of(bytes(count));
    }

    /** The next bytes as a view that shares memory with the source. */
    public ByteBuffer view(long count) throws CorruptException {
        need(count);
        ByteBuffer view = source.slice(source.position(), (int) count);
        source.position(source.position() + (int) count);
        return view;
    }

    public void expectZero(int count, String what) throws CorruptException {
        for (int i = 0; i < count; i++) {
            if (u8() != 0) {
                throw corrupt(what + " is not zero");
            }
        }
    }

    public void expectEnd() throws CorruptException {
        if (source.hasRemaining()) {
            throw corrupt(source.remaining() + " bytes more than there should be");
        }
    }

    /** An exception that names this resource and the current offset; to be thrown by the caller. */
    public CorruptException corrupt(String reason) {
        return new CorruptException(resource, base + source.position(), reason);
    }

    private void need(long count) throws CorruptException {
        if (count < 0 || count > source.remaining()) {
            throw corrupt("ends too early: " + count + " bytes wanted, " + source.remaining() + " left");
        }
    }
}
