package dev.varve.posix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Requests to open block devices. */
public final class BlockDevices {
    private static final long BLKGETSIZE64 = 0x8008_1272L;
    private static final long BLKZEROOUT = 0x127fL;
    private static final long BLKSSZGET = 0x1268L;

    private BlockDevices() {}

    public static long sizeBytes(Descriptor device) throws PosixException {
        byte[] size = new byte[8];
        Posix.check(Posix.C.ioctl(device.fd(), BLKGETSIZE64, size), device.name());
        return ByteBuffer.wrap(size).order(ByteOrder.nativeOrder()).getLong();
    }

    /** Bytes of a logical sector: what {@link #zero} needs its range aligned to. */
    public static int sectorBytes(Descriptor device) throws PosixException {
        byte[] size = new byte[4];
        Posix.check(Posix.C.ioctl(device.fd(), BLKSSZGET, size), device.name());
        return ByteBuffer.wrap(size).order(ByteOrder.nativeOrder()).getInt();
    }

    /** Makes a range read as zeros, by whatever means is quickest; it goes past the page cache, dropping what is cached of it. */
    public static void zero(Descriptor device, long offset, long length) throws PosixException {
        byte[] range = ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putLong(offset)
                .putLong(length)
                .array();
        Posix.check(Posix.C.ioctl(device.fd(), BLKZEROOUT, range), device.name());
    }
}
