package dev.varve.backend.sftp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.BackendException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.NotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Messages as bytes; what a server sends may be anything. */
class SftpMessagesTest {
    private static final byte[] ATTRIBUTES = HexFormat.of()
            .parseHex("8000000f" + "0000000000000007" + "0000000100000002" + "000081a4" + "0000000a0000000b"
                    + "00000001" + "0000000161" + "0000000162");

    private static SftpReply reply(int type, byte[] body) {
        return new SftpReply(type, ByteBuffer.wrap(body));
    }

    @Test
    void aRequestHasItsLengthTypeIdAndFields() {
        byte[] bytes = new SftpRequest(SftpProtocol.READ)
                .string(new byte[] {1, 2})
                .u64(0x1122334455667788L)
                .u32(5)
                .encode(9);
        assertEquals(
                "00000017" + "05" + "00000009" + "00000002" + "0102" + "1122334455667788" + "00000005",
                HexFormat.of().formatHex(bytes));
        assertEquals("00000005" + "01" + "00000003", HexFormat.of().formatHex(SftpRequest.init()));
    }

    @Test
    void aLargeRequestGrows() {
        byte[] bytes =
                new SftpRequest(SftpProtocol.WRITE).string(new byte[100_000]).encode(1);
        assertEquals(100_013, bytes.length);
        assertEquals(100_009, ByteBuffer.wrap(bytes).getInt());
    }

    @Test
    void attributesAreReadWithAllTheirParts() throws IOException {
        SftpReply reply = reply(SftpProtocol.ATTRS, ATTRIBUTES);
        SftpAttributes attributes = SftpAttributes.decode(reply);
        assertEquals(new SftpAttributes(7, 0100644, 11), attributes);
        assertTrue(attributes.isRegularFile() && !attributes.isDirectory());
        assertFalse(reply.hasMore());
        assertEquals(new SftpAttributes(-1, 0, 0), SftpAttributes.decode(reply(SftpProtocol.ATTRS, new byte[4])));
    }

    @Test
    void attributesCutAnywhereAreAnIoException() {
        for (int length = 0; length < ATTRIBUTES.length; length++) {
            byte[] cut = Arrays.copyOf(ATTRIBUTES, length);
            assertThrows(
                    IOException.class, () -> SftpAttributes.decode(reply(SftpProtocol.ATTRS, cut)), "at " + length);
        }
    }

    @Test
    void aStringLongerThanItsMessageIsAnIoException() {
        for (String length : new String[] {"ffffffff", "7fffffff", "00000002"}) {
            byte[] body = HexFormat.of().parseHex(length + "61");
            assertThrows(
                    IOException.class, () -> reply(SftpProtocol.HANDLE, body).handle());
        }
    }

    @Test
    void anAnswerOfAnotherKindIsAnIoExceptionAndAStatusSaysItsCode() throws IOException {
        byte[] body = HexFormat.of().parseHex("00000002" + "0102");
        assertThrows(IOException.class, () -> reply(SftpProtocol.DATA, body).handle());
        assertThrows(IOException.class, () -> reply(SftpProtocol.HANDLE, body).ok());
        assertArrayEquals(new byte[] {1, 2}, reply(SftpProtocol.HANDLE, body).handle());
        byte[] denied = HexFormat.of().parseHex("00000003" + "00000002" + "6e6f");
        SftpStatusException e = assertThrows(
                SftpStatusException.class,
                () -> reply(SftpProtocol.STATUS, denied).handle());
        assertEquals(SftpProtocol.PERMISSION_DENIED, e.code());
        assertEquals("no", e.getMessage());
        byte[] well = new byte[4];
        reply(SftpProtocol.STATUS, well).ok();
        assertThrows(
                SftpStatusException.class,
                () -> reply(SftpProtocol.STATUS, well).handle());
    }

    @Test
    void whatAServerSaysBecomesTheErrorsOfABackend() {
        IOException failure = new SftpStatusException(SftpProtocol.FAILURE, "Failure");
        NoSpaceException full = assertInstanceOf(NoSpaceException.class, SftpErrors.writing("p", 100, 99, failure));
        assertEquals("p: disk full: 100 bytes wanted, 99 free; make room there and run it again", full.getMessage());
        assertInstanceOf(NoSpaceException.class, SftpErrors.writing("p", 0, 0, failure));
        for (long free : new long[] {-1, 100}) {
            BackendException other =
                    assertInstanceOf(BackendException.class, SftpErrors.writing("p", 100, free, failure));
            assertFalse(other.retryable());
            assertEquals("p: cannot write: the server says: Failure", other.getMessage());
        }
        assertInstanceOf(
                NotFoundException.class,
                SftpErrors.reading("p", new SftpStatusException(SftpProtocol.NO_SUCH_FILE, "")));
        BackendException lost = new BackendException("lost", true, null);
        assertSame(lost, SftpErrors.reading("p", lost));
        assertSame(lost, SftpErrors.writing("p", 1, 0, lost));
    }
}
