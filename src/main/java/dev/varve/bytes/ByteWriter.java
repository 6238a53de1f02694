package dev.varve.bytes;

import dev.varve.model.ByteString;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Builds a stored structure in a growing array, little-endian. Values that do not fit their field are a mistake of the
 * program and throw IllegalArgumentException. Not thread safe. Memory: up to twice what was written.
 */
public final class ByteWriter {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes;
    private int position;

    public ByteWriter() {
        this(256);
    }

    /** @param capacity bytes to make room for at first */
    public ByteWriter(int capacity) {
        bytes = new byte[Math.max(16, capacity)];
    }

    /** Bytes written so far. */
    public int position() {
        return position;
    }

    public ByteWriter u8(int value) {
        require(value >= 0 && value <= 0xff, value);
        room(1);
        bytes[position++] = (byte) value;
        return this;
    }

    public ByteWriter u16(int value) {
        require(value >= 0 && value <= 0xffff, value);
        room(Short.BYTES);
        SHORT.set(bytes, position, (short) value);
        position += Short.BYTES;
        return this;
    }

    public ByteWriter u32(long value) {
        require(value >= 0 && value <= 0xffff_ffffL, value);
        return i32((int) value);
    }

    /** 32 bits as they are. */
    public ByteWriter i32(int value) {
        room(Integer.BYTES);
        INT.set(bytes, position, value);
        position += Integer.BYTES;
        return this;
    }

    /** 64 bits as they are. */
    public ByteWriter u64(long value) {
        room(Long.BYTES);
        LONG.set(bytes, position, value);
        position += Long.BYTES;
        return this;
    }

    /** Unsigned LEB128. */
    public ByteWriter varint(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[position++] = (byte) (rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        bytes[position++] = (byte) rest;
        return this;
    }

    public ByteWriter bytes(byte[] source) {
        return bytes(source, 0, source.length);
    }

    public ByteWriter bytes(byte[] source, int offset, int length) {
        room(length);
        System.arraycopy(source, offset, bytes, position, length);
        position += length;
        return this;
    }

    /** From position to limit; the buffer is not moved. */
    public ByteWriter bytes(ByteBuffer source) {
        int length = source.remaining();
        room(length);
        source.duplicate().get(bytes, position, length);
        position += length;
        return this;
    }

    /** The bytes alone, without a length. */
    public ByteWriter bytes(ByteString source) {
        room(source.length());
        source.copyTo(bytes, position);
        position += source.length();
        return this;
    }

    public ByteWriter zeros(int count) {
        room(count);
        Arrays.fill(bytes, position, position + count, (byte) 0);
        position += count;
        return this;
    }

    /** Overwrites four bytes that were written before. */
    public void patchI32(int at, int value) {
        if (at < 0 || at + Integer.BYTES > position) {
            throw new IllegalArgumentException("byte " + at + " is not written yet");
        }
        INT.set(bytes, at, value);
    }

    /** CRC-32C of what was written from {@code from} on. */
    public int crc32c(int from) {
        return Checksums.crc32c(bytes, from, position - from);
    }

    /** A copy. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, position);
    }

    /** A view that is valid until the next write. */
    public ByteBuffer toBuffer() {
        return ByteBuffer.wrap(bytes, 0, position).slice();
    }

    /** Forgets what was written and keeps the memory. */
    public void clear() {
        position = 0;
    }

    private void room(int count) {
        int needed = Math.addExact(position, count);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, bytes.length * 2L)));
        }
    }

    private static void require(boolean fits, long value) {
        if (!fits) {
            throw new IllegalArgumentException(value + " does not fit its field");
        }
    }
}
