package dev.varve.fs.ext;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The only place that knows byte order: fields of on-disk structures, little-endian for ext, big-endian for its journal.
 * Offsets are trusted: callers check lengths first.
 */
final class Raw {
    private static final VarHandle LE16 = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LE32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LE64 = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BE16 = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle BE32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle BE64 = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private Raw() {}

    static int u8(byte[] bytes, int offset) {
        return bytes[offset] & 0xff;
    }

    static int u16(byte[] bytes, int offset) {
        return (short) LE16.get(bytes, offset) & 0xffff;
    }

    static int i32(byte[] bytes, int offset) {
        return (int) LE32.get(bytes, offset);
    }

    static long u32(byte[] bytes, int offset) {
        return (int) LE32.get(bytes, offset) & 0xffffffffL;
    }

    static long i64(byte[] bytes, int offset) {
        return (long) LE64.get(bytes, offset);
    }

    static void put16(byte[] bytes, int offset, int value) {
        LE16.set(bytes, offset, (short) value);
    }

    static void put32(byte[] bytes, int offset, int value) {
        LE32.set(bytes, offset, value);
    }

    static void put64(byte[] bytes, int offset, long value) {
        LE64.set(bytes, offset, value);
    }

    static int be16(byte[] bytes, int offset) {
        return (short) BE16.get(bytes, offset) & 0xffff;
    }

    static int be32(byte[] bytes, int offset) {
        return (int) BE32.get(bytes, offset);
    }

    static long ube32(byte[] bytes, int offset) {
        return (int) BE32.get(bytes, offset) & 0xffffffffL;
    }

    static long be64(byte[] bytes, int offset) {
        return (long) BE64.get(bytes, offset);
    }

    static void putBe32(byte[] bytes, int offset, int value) {
        BE32.set(bytes, offset, value);
    }
}
