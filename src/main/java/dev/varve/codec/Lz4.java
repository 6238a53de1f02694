package dev.varve.codec;

import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * LZ4 blocks: the native library, or bounds-checked Java where it can't be loaded (a /tmp that forbids execution). Only
 * the decompressor that checks its bounds is used, so hostile input fails and never writes outside. Thread safe.
 */
final class Lz4 {
    private final LZ4Compressor compressor;
    private final LZ4SafeDecompressor decompressor;

    private Lz4(LZ4Factory factory) {
        compressor = factory.fastCompressor();
        decompressor = factory.safeDecompressor();
    }

    static Lz4 fastest() {
        try {
            return new Lz4(LZ4Factory.nativeInstance());
        } catch (LinkageError | AssertionError | RuntimeException e) {
            System.getLogger(Lz4.class.getName())
                    .log(System.Logger.Level.DEBUG, "no native LZ4, using Java: {0}", e.getMessage());
            return safeJava();
        }
    }

    static Lz4 safeJava() {
        return new Lz4(LZ4Factory.safeInstance());
    }

    static int maxCompressedLength(int length) {
        return length + length / 255 + 16;
    }

    /** @return the compressed length; the target has room for {@link #maxCompressedLength} */
    int compress(byte[] source, int offset, int length, byte[] target) {
        return compressor.compress(source, offset, length, target, 0, target.length);
    }

    /** @return whether the input decompressed to exactly the target's length */
    boolean decompress(byte[] source, int offset, int length, byte[] target) {
        try {
            return decompressor.decompress(source, offset, length, target, 0) == target.length;
        } catch (LZ4Exception e) {
            return false;
        }
    }
}
