package dev.varve.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.model.AuthenticationException;
import dev.varve.testing.Keys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SealerTest {
    private static final byte[] HEADER = "header".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PLAIN = "some plaintext".getBytes(StandardCharsets.US_ASCII);

    private final List<Sealer> sealers =
            List.of(Keys.encrypted().frames(), Keys.unencrypted().frames());

    @Test
    void whatIsSealedOpens() throws IOException {
        for (Sealer sealer : sealers) {
            byte[] nonce = sealer.nonce();
            assertArrayEquals(PLAIN, open(sealer, nonce, HEADER, seal(sealer, nonce)));
        }
    }

    @Test
    void noncesDoNotRepeat() {
        for (Sealer sealer : sealers) {
            assertFalse(Arrays.equals(sealer.nonce(), sealer.nonce()));
        }
    }

    @Test
    void everyFlippedBitOfNonceHeaderAndSealedBytesIsNoticed() {
        for (Sealer sealer : sealers) {
            byte[] nonce = sealer.nonce();
            byte[] sealed = seal(sealer, nonce);
            for (int bit = 0; bit < 8 * sealed.length; bit++) {
                byte[] bad = flip(sealed, bit);
                assertThrows(AuthenticationException.class, () -> open(sealer, nonce, HEADER, bad));
            }
            for (int bit = 0; bit < 8 * nonce.length; bit++) {
                byte[] bad = flip(nonce, bit);
                assertThrows(AuthenticationException.class, () -> open(sealer, bad, HEADER, sealed));
            }
            assertThrows(AuthenticationException.class, () -> open(sealer, nonce, flip(HEADER, 3), sealed));
            for (int length = 0; length < sealed.length; length++) {
                byte[] cut = Arrays.copyOf(sealed, length);
                assertThrows(AuthenticationException.class, () -> open(sealer, nonce, HEADER, cut));
            }
        }
    }

    @Test
    void anotherKeyOpensNothing() {
        byte[] nonce = sealers.get(0).nonce();
        byte[] sealed = seal(sealers.get(0), nonce);
        assertThrows(AuthenticationException.class, () -> open(Keys.encrypted().frames(), nonce, HEADER, sealed));
    }

    @Test
    void purposesHaveUnrelatedKeys() {
        byte[] nonce = sealers.get(0).nonce();
        RepositoryKeys keys = Keys.encrypted();
        byte[] sealed = seal(keys.frames(), nonce);
        assertThrows(AuthenticationException.class, () -> open(keys.trailers(), nonce, HEADER, sealed));
        assertThrows(AuthenticationException.class, () -> open(keys.manifests(), nonce, HEADER, sealed));
    }

    @Test
    void manyThreadsShareOneSealer() {
        for (Sealer sealer : sealers) {
            boolean allOpen = IntStream.range(0, 500).parallel().allMatch(i -> {
                byte[] nonce = sealer.nonce();
                try {
                    return Arrays.equals(PLAIN, open(sealer, nonce, HEADER, seal(sealer, nonce)));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertEquals(true, allOpen);
        }
    }

    @Test
    void chunkIdsDependOnTheKeyAndTheBytesOnly() {
        RepositoryKeys keys = Keys.encrypted();
        byte[] padded = new byte[20];
        System.arraycopy(PLAIN, 0, padded, 3, PLAIN.length);
        assertEquals(keys.chunkIds().id(PLAIN, 0, PLAIN.length), keys.chunkIds().id(padded, 3, PLAIN.length));
        assertEquals(keys.chunkIds().id(PLAIN, 0, PLAIN.length), keys.chunkIds().id(ByteBuffer.wrap(PLAIN)));
        assertNotEquals(
                keys.chunkIds().id(PLAIN, 0, PLAIN.length),
                Keys.encrypted().chunkIds().id(PLAIN, 0, PLAIN.length));
    }

    /** Frozen: an id that changes makes every repository's chunks strangers. */
    @Test
    void theIdOfAChunkInAnUnencryptedRepositoryIsFixed() {
        assertEquals(
                "5ac596f5751d50b1beeb16797a502bff2b9dc1edb51398d49e6bf1eb76d5760c",
                Keys.unencrypted().chunkIds().id(PLAIN, 0, PLAIN.length).toHex());
    }

    /** RFC 5869, test case 3, from its pseudo-random key on. */
    @Test
    void expansionIsThatOfTheRfc() {
        byte[] key = HexFormat.of().parseHex("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
        assertEquals(
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
                HexFormat.of().formatHex(Hkdf.expand(key, new byte[0], 42)));
    }

    private static byte[] seal(Sealer sealer, byte[] nonce) {
        ByteBuffer target = ByteBuffer.allocate(PLAIN.length + Sealer.TAG_BYTES);
        sealer.seal(nonce, ByteBuffer.wrap(HEADER), ByteBuffer.wrap(PLAIN), target);
        assertEquals(0, target.remaining());
        return target.array();
    }

    private static byte[] open(Sealer sealer, byte[] nonce, byte[] header, byte[] sealed)
            throws AuthenticationException {
        ByteBuffer target = ByteBuffer.allocate(Math.max(0, sealed.length - Sealer.TAG_BYTES));
        sealer.open(nonce, ByteBuffer.wrap(header), ByteBuffer.wrap(sealed), target);
        return target.array();
    }

    private static byte[] flip(byte[] bytes, int bit) {
        byte[] flipped = bytes.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        return flipped;
    }
}
