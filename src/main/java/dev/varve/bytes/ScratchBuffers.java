package dev.varve.bytes;

/**
 * Scratch arrays that grow to what is asked of them, for the intermediate form of a frame. Thread safe. Memory: at most
 * {@code capacity} idle arrays, each as large as the largest request it served.
 */
public final class ScratchBuffers {
    private static final int SMALLEST_BYTES = 1 << 16;

    private final Pool<byte[]> pool;

    public ScratchBuffers(int capacity) {
        pool = new Pool<>(capacity, () -> new byte[SMALLEST_BYTES]);
    }

    /** An array of at least {@code length} bytes of arbitrary content. */
    public byte[] take(int length) {
        byte[] scratch = pool.take();
        return scratch.length >= length ? scratch : new byte[Math.max(length, SMALLEST_BYTES)];
    }

    public void give(byte[] scratch) {
        pool.give(scratch);
    }
}
