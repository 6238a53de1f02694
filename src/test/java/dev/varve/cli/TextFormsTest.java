package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class TextFormsTest {
    @Test
    void jsonIsAsciiAndNamesKeepTheirBytes() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(out, out);
        new JsonWriter(terminal)
                .beginArray()
                .beginObject()
                .member("a", "q\"\\\n\u0001\u00e9\ud83d\ude00")
                .member("n", -1)
                .member("b", true)
                .member("name", ByteString.of(new byte[] {'x', (byte) 0xff}))
                .name("list")
                .beginArray()
                .value(1)
                .value((String) null)
                .endArray()
                .endObject()
                .beginObject()
                .endObject()
                .endArray()
                .finish();
        terminal.flush();
        assertEquals(
                "[{\"a\":\"q\\\"\\\\\\n\\u0001\\u00e9\\ud83d\\ude00\",\"n\":-1,\"b\":true,\"name\":\"x\\ufffd\","
                        + "\"nameBytes\":\"78ff\",\"list\":[1,null]},{}]\n",
                out.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void timesAreWrittenInManyWays() {
        ZoneId zone = ZoneId.of("Europe/Berlin");
        Timestamp expected = new Timestamp(1_714_521_600, 0);
        for (String word : new String[] {
            "2024-05-01T00:00:00Z", "2024-05-01T02:00:00+02:00", "2024-05-01T02:00", "2024-05-01 02:00:00"
        }) {
            assertEquals(expected, TimeArgument.parse(word, zone), word);
        }
        assertEquals(new Timestamp(1_714_514_400, 0), TimeArgument.parse("2024-05-01", zone));
        assertEquals(new Timestamp(1_714_521_600, 500_000_000), TimeArgument.parse("2024-05-01T02:00:00.5", zone));
        assertThrows(IllegalArgumentException.class, () -> TimeArgument.parse("2024-13-01", zone));
        assertThrows(IllegalArgumentException.class, () -> TimeArgument.parse("", zone));
    }

    @Test
    void modesLookLikeThoseOfLs() {
        assertEquals("drwxr-xr-x ", ModeText.of(0040755, false));
        assertEquals("-rwsr-sr-t+", ModeText.of(0107755, true));
        assertEquals("lrwSrwSrwT ", ModeText.of(0127666, false));
        assertEquals("?--------- ", ModeText.of(0, false));
    }

    @Test
    void sizesHaveThreeDigits() {
        assertEquals("0 B", Sizes.bytes(0));
        assertEquals("999 B", Sizes.bytes(999));
        assertEquals("1.00 KiB", Sizes.bytes(1024));
        assertEquals("1.00 MiB", Sizes.bytes(1 << 20));
        assertEquals("0.98 KiB", Sizes.bytes(1000));
        assertEquals("8.00 EiB", Sizes.bytes(Long.MAX_VALUE));
        assertEquals("1 file", Sizes.count(1, "file"));
    }

    @Test
    void namesGoOutAsTheBytesTheyAre() {
        byte[] utf8 = "ü".getBytes(StandardCharsets.UTF_8);
        assertArrayEquals(utf8, Terminal.encode("ü"), "text");
        assertArrayEquals(utf8, Terminal.encode(new String(utf8, StandardCharsets.ISO_8859_1)), "bytes of a path");
    }
}
