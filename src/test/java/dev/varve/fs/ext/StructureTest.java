package dev.varve.fs.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class StructureTest {
    private static final byte[] DIGITS = "123456789".getBytes(StandardCharsets.US_ASCII);

    @Test
    void crc32cChainsGoOnFromAnyState() {
        CRC32C whole = new CRC32C();
        whole.update(DIGITS);
        assertEquals(~(int) whole.getValue(), new Crc32cChain(~0).of(DIGITS, 0, DIGITS.length));
        Random random = new Random(1);
        for (int i = 0; i < 100; i++) {
            int state = random.nextInt();
            assertEquals(state, new Crc32cChain(state).of(DIGITS, 0, 0));
            int half = new Crc32cChain(state).of(DIGITS, 0, 4);
            assertEquals(new Crc32cChain(state).of(DIGITS, 0, 9), new Crc32cChain(half).of(DIGITS, 4, 5));
        }
    }

    @Test
    void crc16AndBigEndianCrc32MatchTheirCheckValues() {
        assertEquals(0x4B37, new Crc16().update(DIGITS, 0, 9).value()); // CRC-16/MODBUS
        assertEquals(0xFC891918, ~Crc32Be.update(~0, DIGITS)); // CRC-32/BZIP2
    }

    @Test
    void aclsGainTheIdsThatExtLeavesOut() {
        byte[] disk = HexFormat.of()
                .parseHex("01000000" + "01000600" + "02000400e8030000" + "04000400" + "10000600" + "20000000");
        byte[] vfs = HexFormat.of()
                .parseHex("02000000" + "01000600ffffffff" + "02000400e8030000" + "04000400ffffffff" + "10000600ffffffff"
                        + "20000000ffffffff");
        assertArrayEquals(vfs, AclForm.toVfs(disk));
    }

    @Test
    void whatIsNoAclIsNotTakenForOne() {
        byte[] disk = HexFormat.of().parseHex("01000000" + "01000600" + "02000400e8030000");
        for (int length = 0; length < disk.length; length++) {
            if (length != 4 && length != 8) {
                assertNull(AclForm.toVfs(java.util.Arrays.copyOf(disk, length)), "length " + length);
            }
        }
        disk[0] = 2;
        assertNull(AclForm.toVfs(disk));
        disk[0] = 1;
        disk[4] = 3;
        assertNull(AclForm.toVfs(disk));
    }

    @Test
    void fieldsAreUnsignedInEitherByteOrder() {
        byte[] bytes = {(byte) 0x80, 0, 0, (byte) 0xff, 1, 2, 3, 4};
        assertEquals(0xff000080L, Raw.u32(bytes, 0));
        assertEquals(0x800000ffL, Raw.ube32(bytes, 0));
        assertEquals(0x80, Raw.u16(bytes, 0));
        assertEquals(0x04030201ff000080L, Raw.i64(bytes, 0));
        assertEquals(0x800000ff01020304L, Raw.be64(bytes, 0));
    }
}
