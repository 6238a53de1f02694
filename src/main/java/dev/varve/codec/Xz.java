package dev.varve.codec;

import dev.varve.model.CorruptException;
import dev.varve.model.UnsupportedFormatException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import org.tukaani.xz.ArrayCache;
import org.tukaani.xz.BasicArrayCache;
import org.tukaani.xz.FilterOptions;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.SingleXZInputStream;
import org.tukaani.xz.UnsupportedOptionsException;
import org.tukaani.xz.X86Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

/**
 * XZ streams without a check of their own, since a seal is around them (docs/format.md, "Envelope"). Nothing else refers to
 * the library, so that commands which meet no cold frame load none of it. Thread safe. Memory while compressing:
 * {@link #encoderBytes}; while decompressing the dictionary, at most {@link EnvelopeHeader#MAX_PLAIN_BYTES}, whatever the
 * stream asks for. The arrays are kept for the next frame until memory is short.
 */
final class Xz {
    /** What the decoder takes beside the dictionary, in KiB: 104 for LZMA2 and 5 for each of three filters. */
    private static final int DECODER_KIB = 128;

    private static final int DECODER_LIMIT_KIB = (EnvelopeHeader.MAX_PLAIN_BYTES >> 10) + DECODER_KIB;

    private static final ArrayCache ARRAYS = BasicArrayCache.getInstance();

    private Xz() {}

    /** What does not shrink takes 3 bytes for each 64 KiB, and the stream's head and foot are less than 100. */
    static int maxCompressedLength(int length) {
        return length + (length >>> 14) + 128;
    }

    /** Heap that {@link #compress} takes for a frame at least as long as the dictionary. */
    static long encoderBytes(XzSettings settings) throws UnsupportedOptionsException {
        return (long) lzma2(settings, settings.dictionaryBytes()).getEncoderMemoryUsage() << 10;
    }

    /** @return the compressed length; the target has room for {@link #maxCompressedLength} */
    static int compress(XzSettings settings, byte[] source, int offset, int length, byte[] target) {
        ArrayOutput output = new ArrayOutput(target);
        try (XZOutputStream stream = new XZOutputStream(output, filters(settings, length), XZ.CHECK_NONE, ARRAYS)) {
            stream.write(source, offset, length);
        } catch (IOException e) {
            throw new IllegalStateException("XZ fails in memory", e);
        }
        return output.position;
    }

    /**
     * Fills the target.
     *
     * @param resource the object, for messages
     * @param offset where the envelope lies in it, in bytes
     * @throws CorruptException unless the first {@code length} bytes are one stream of exactly the target's length
     * @throws UnsupportedFormatException if the stream needs a filter that this version has not
     */
    static void decompress(String resource, long offset, byte[] source, int length, byte[] target)
            throws CorruptException, UnsupportedFormatException {
        ByteArrayInputStream input = new ByteArrayInputStream(source, 0, length);
        try (SingleXZInputStream stream = new SingleXZInputStream(input, DECODER_LIMIT_KIB, false, ARRAYS)) {
            int count = stream.readNBytes(target, 0, target.length);
            if (count < target.length || stream.read() >= 0) {
                String found = count < target.length ? "less" : "more";
                throw new CorruptException(resource, offset, "decompresses to " + found + " than its header says");
            }
            if (input.available() > 0) {
                throw new CorruptException(resource, offset, "has bytes behind its XZ stream");
            }
        } catch (CorruptException e) {
            throw e;
        } catch (UnsupportedOptionsException e) {
            UnsupportedFormatException unsupported = new UnsupportedFormatException(
                    resource, "XZ with " + e.getMessage(), "LZMA2, delta and BCJ filters");
            unsupported.initCause(e);
            throw unsupported;
        } catch (IOException e) {
            String reason =
                    e instanceof EOFException ? "its XZ stream is cut" : "does not decompress: " + e.getMessage();
            CorruptException corrupt = new CorruptException(resource, offset, reason);
            corrupt.initCause(e);
            throw corrupt;
        }
    }

    private static FilterOptions[] filters(XzSettings settings, int length) throws UnsupportedOptionsException {
        LZMA2Options lzma2 = lzma2(settings, Math.min(settings.dictionaryBytes(), length));
        return settings.x86Code() ? new FilterOptions[] {new X86Options(), lzma2} : new FilterOptions[] {lzma2};
    }

    private static LZMA2Options lzma2(XzSettings settings, int dictionaryBytes) throws UnsupportedOptionsException {
        return new LZMA2Options(
                Math.max(XzSettings.MIN_DICTIONARY_BYTES, dictionaryBytes),
                settings.literalContextBits(),
                0,
                settings.positionBits(),
                LZMA2Options.MODE_NORMAL,
                settings.niceLength(),
                LZMA2Options.MF_HC4,
                settings.depth());
    }

    private static final class ArrayOutput extends OutputStream {
        private final byte[] target;
        private int position;

        ArrayOutput(byte[] target) {
            this.target = target;
        }

        @Override
        public void write(int value) {
            target[position++] = (byte) value;
        }

        @Override
        public void write(byte[] source, int offset, int length) {
            System.arraycopy(source, offset, target, position, length);
            position += length;
        }
    }
}
