package dev.varve.testing;

import static org.junit.jupiter.api.Assertions.fail;

import dev.varve.model.VarveException;
import java.util.Arrays;

/** Damages a small sample in every way that one byte or one cut can, and holds a decoder to named errors or the right answer. */
public final class Damage {
    private Damage() {}

    /** Decodes a sample and compares with what it must give; throws AssertionError when it differs. */
    public interface Decoder {
        void decodeAndCompare(byte[] sample) throws Exception;
    }

    /** Flips every byte (all bits, the lowest, the highest) and cuts at every length. @return how many were refused */
    public static int everywhere(byte[] sample, Decoder decoder) {
        int refused = 0;
        for (int i = 0; i < sample.length; i++) {
            for (int mask : new int[] {0xff, 0x01, 0x80}) {
                byte[] flipped = sample.clone();
                flipped[i] ^= (byte) mask;
                refused += refuses(flipped, decoder, "byte " + i + " ^ " + mask) ? 1 : 0;
            }
        }
        for (int length = 0; length < sample.length; length++) {
            refused += refuses(Arrays.copyOf(sample, length), decoder, "cut at " + length) ? 1 : 0;
        }
        byte[] longer = Arrays.copyOf(sample, sample.length + 1);
        return refused + (refuses(longer, decoder, "one byte more") ? 1 : 0);
    }

    private static boolean refuses(byte[] damaged, Decoder decoder, String how) {
        try {
            decoder.decodeAndCompare(damaged);
            return false;
        } catch (VarveException named) {
            return true;
        } catch (Exception | AssertionError e) {
            return fail(how + ": neither a named error nor the right answer", e);
        }
    }
}
