package dev.varve.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.crypto.RepositoryKeys;
import dev.varve.crypto.Sealer;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.UnsupportedFormatException;
import dev.varve.testing.Damage;
import dev.varve.testing.Keys;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.tukaani.xz.DeltaOptions;
import org.tukaani.xz.FilterOptions;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

/** What lies inside a good seal can be hostile too: without encryption anyone can make one. */
class XzTest {
    private static final byte[] TEXT = "varve, one layer a year; ".repeat(60).getBytes(StandardCharsets.US_ASCII);

    private final RepositoryKeys keys = Keys.encrypted();
    private final Envelope envelope = new Envelope(FrameFormat.MAGIC, keys.frames());

    @Test
    void everySettingComesBack() throws IOException {
        Random random = new Random(5);
        for (XzSettings settings : new XzSettings[] {
            XzSettings.TEXT,
            XzSettings.RECORDS,
            XzSettings.X86_CODE,
            XzSettings.BINARY,
            new XzSettings(4096, 8, 1, 0, 4, true)
        }) {
            for (int length : new int[] {0, 1, 2, 50, 4095, 4097, 70_000, EnvelopeHeader.MAX_PLAIN_BYTES}) {
                byte[] plain = new byte[length];
                for (int i = 0; i < length; i++) {
                    plain[i] = (byte) (random.nextInt(length > 70_000 ? 5_000 : 9) == 0 ? 0xe8 : i >> 3);
                }
                ByteBuffer stored = envelope.seal(1, ByteBuffer.wrap(plain), settings);
                assertEquals(
                        length > 50 ? Codec.XZ.code() : Codec.RAW.code(), stored.get(6), settings + " of " + length);
                assertArrayEquals(plain, envelope.open("pack", 32, stored).plain());
            }
        }
    }

    @Test
    void noiseIsStoredRawAndHasRoomWhileItIsCompressed() throws IOException {
        byte[] noise = new byte[1 << 20];
        new Random(6).nextBytes(noise);
        for (int length : new int[] {1, 4096, 65_536, noise.length}) {
            ByteBuffer plain = ByteBuffer.wrap(noise, 0, length);
            ByteBuffer stored = envelope.seal(0, plain, XzSettings.X86_CODE);
            assertEquals(EnvelopeHeader.BYTES + length + Sealer.TAG_BYTES, stored.remaining());
            assertEquals(
                    plain, ByteBuffer.wrap(envelope.open("pack", 32, stored).plain()));
        }
    }

    @Test
    void moreThanAnEnvelopeTakesIsRefused() {
        ByteBuffer large = ByteBuffer.allocate(EnvelopeHeader.MAX_PLAIN_BYTES + 1);
        assertThrows(IllegalArgumentException.class, () -> envelope.seal(0, large, XzSettings.TEXT));
    }

    /** Made by XZ Utils: {@code xz --check=none --x86 --lzma2=dict=1MiB}. */
    @Test
    void aStreamOfTheReferenceImplementationIsRead() throws IOException {
        byte[] body = HexFormat.of()
                .parseHex(
                        "fd377a585a000000ff12d94102010400210110008b216f49e005db00295d003b184aac499c77ebab208392183d51c1a8"
                                + "4385e97ff7534355786a12e6dfa5cd1ff832cce6fde400000000000000013ddc0b000000f7d5b5e0a8000afc02000000"
                                + "0000595a");
        assertArrayEquals(TEXT, open(TEXT.length, body));
    }

    @Test
    void damageInsideTheSealIsANamedErrorOrGivesTheFullLength() throws IOException {
        byte[] body = xz(TEXT, 1 << 16);
        int refused = Damage.everywhere(body, damaged -> {
            byte[] plain = open(TEXT.length, damaged);
            assertEquals(TEXT.length, plain.length);
        });
        assertTrue(refused > 2 * body.length, refused + " of " + 4 * body.length);
    }

    @Test
    void noiseInsideTheSealIsRefused() throws IOException {
        Random random = new Random(7);
        byte[] body = xz(TEXT, 1 << 16);
        for (int i = 0; i < 3_000; i++) {
            byte[] noise = body.clone();
            for (int j = 24 + random.nextInt(body.length - 32); j < body.length; j++) {
                noise[j] = (byte) random.nextInt();
            }
            refused(TEXT.length, noise);
        }
    }

    @Test
    void anotherLengthThanTheHeaderSaysIsRefused() throws IOException {
        byte[] body = xz(TEXT, 1 << 16);
        assertTrue(refused(TEXT.length - 1, body).contains("more than its header says"));
        assertTrue(refused(TEXT.length + 1, body).contains("less than its header says"));
        assertTrue(refused(EnvelopeHeader.MAX_PLAIN_BYTES, body).contains("less than its header says"));
    }

    @Test
    void aCutStreamIsRefused() throws IOException {
        byte[] body = xz(TEXT, 1 << 16);
        assertTrue(refused(TEXT.length, Arrays.copyOf(body, body.length - 4)).contains("cut"));
        assertTrue(refused(TEXT.length, Arrays.copyOf(body, 3)).contains("cut"));
    }

    @Test
    void bytesAndStreamsBehindTheFirstAreRefused() throws IOException {
        byte[] body = xz(TEXT, 1 << 16);
        assertTrue(refused(TEXT.length, Arrays.copyOf(body, body.length + 4)).contains("behind"));
        byte[] half = xz(Arrays.copyOf(TEXT, 750), 1 << 16);
        byte[] twice = Arrays.copyOf(half, 2 * half.length);
        System.arraycopy(half, 0, twice, half.length, half.length);
        assertTrue(refused(2 * 750, twice).contains("less than its header says"));
    }

    @Test
    void aDictionaryLargerThanAnEnvelopeIsRefusedBeforeItIsAllocated() throws IOException {
        byte[] most = xz(TEXT, EnvelopeHeader.MAX_PLAIN_BYTES);
        assertArrayEquals(TEXT, open(TEXT.length, most));
        for (int code : new int[] {23, 24, 30, 37}) {
            byte[] body = most.clone();
            // Stream header 12 bytes; block header: size, flags, filter id, size of its properties, the dictionary.
            assertEquals(22, body[16]);
            body[16] = (byte) code;
            int crc = crc32(body, 12, 8);
            ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN).putInt(20, crc);
            assertTrue(refused(TEXT.length, body).contains("memory"), "dictionary " + code);
        }
    }

    @Test
    void aFilterThatIsUnknownHereNeedsANewerVarve() throws IOException {
        LZMA2Options lzma2 = new LZMA2Options(0);
        byte[] body = xz(TEXT, new DeltaOptions(2), lzma2);
        assertArrayEquals(TEXT, open(TEXT.length, body));
        assertEquals(3, body[14]);
        body[14] = 0x3f;
        ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN).putInt(20, crc32(body, 12, 8));
        assertThrows(UnsupportedFormatException.class, () -> open(TEXT.length, body));
    }

    @Test
    void settingsThatXzHasNotAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new XzSettings(4095, 32, 4, 3, 0, false));
        assertThrows(IllegalArgumentException.class, () -> new XzSettings((8 << 20) + 1, 32, 4, 3, 0, false));
        assertThrows(IllegalArgumentException.class, () -> new XzSettings(4096, 7, 4, 3, 0, false));
        assertThrows(IllegalArgumentException.class, () -> new XzSettings(4096, 274, 4, 3, 0, false));
        assertThrows(IllegalArgumentException.class, () -> new XzSettings(4096, 32, 0, 3, 0, false));
        assertThrows(IllegalArgumentException.class, () -> new XzSettings(4096, 32, 4, 5, 0, false));
        assertThrows(IllegalArgumentException.class, () -> new XzSettings(4096, 32, 4, 3, 5, false));
    }

    private String refused(int plainLength, byte[] body) {
        return assertThrows(CorruptException.class, () -> open(plainLength, body))
                .getMessage();
    }

    /** Puts a body into a good seal, whatever it is, and opens that. */
    private byte[] open(int plainLength, byte[] body) throws IOException {
        byte[] nonce = keys.frames().nonce();
        EnvelopeHeader header = new EnvelopeHeader(
                FrameFormat.MAGIC, Codec.XZ, 0, plainLength, body.length + Sealer.TAG_BYTES, ByteString.of(nonce));
        byte[] head = header.encode();
        ByteBuffer stored = ByteBuffer.allocate(header.storedLength()).put(head);
        keys.frames().seal(nonce, ByteBuffer.wrap(head), ByteBuffer.wrap(body), stored);
        return envelope.open("pack", 32, stored.flip()).plain();
    }

    private static byte[] xz(byte[] plain, int dictionaryBytes) throws IOException {
        LZMA2Options lzma2 = new LZMA2Options(0);
        lzma2.setDictSize(dictionaryBytes);
        return xz(plain, lzma2);
    }

    private static byte[] xz(byte[] plain, FilterOptions... filters) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (XZOutputStream stream = new XZOutputStream(body, filters, XZ.CHECK_NONE)) {
            stream.write(plain);
        }
        return body.toByteArray();
    }

    private static int crc32(byte[] bytes, int offset, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
