package dev.varve.restore;

import dev.varve.model.ByteString;
import dev.varve.posix.Descriptor;
import dev.varve.posix.PosixException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Recognises what is on a device by its magic bytes, as blkid does, so that it is not overwritten by mistake. */
final class DeviceSignature {
    /** All magics but one lie in here. */
    private static final int HEAD_BYTES = 80 * 1024;

    private static final Magic[] MAGICS = {
        magic("an ext2/3/4 file system", 0x438, hex("53ef")),
        magic("an XFS file system", 0, "XFSB"),
        magic("a Btrfs file system", 0x10040, "_BHRfS_M"),
        magic("an F2FS file system", 0x400, hex("1020f5f2")),
        magic("a ReiserFS file system", 0x10034, "ReIsEr"),
        magic("a JFS file system", 0x8000, "JFS1"),
        magic("a bcache device", 0x1018, hex("c68573f64e1a45ca")),
        magic("an LVM physical volume", 0x000, "LABELONE"),
        magic("an LVM physical volume", 0x200, "LABELONE"),
        magic("an LVM physical volume", 0x400, "LABELONE"),
        magic("an LVM physical volume", 0x600, "LABELONE"),
        magic("a LUKS container", 0, hex("4c554b53babe")),
        magic("a GPT partition table", 0x200, "EFI PART"),
        magic("a GPT partition table", 0x1000, "EFI PART"),
        magic("a RAID member", 0, hex("fc4e2ba9")),
        magic("a RAID member", 0x1000, hex("fc4e2ba9")),
        magic("swap space", 0xff6, "SWAPSPACE2"),
        magic("swap space", 0xff6, "SWAP-SPACE"),
        magic("an NTFS file system", 3, "NTFS    "),
        magic("an exFAT file system", 3, "EXFAT   "),
        magic("a FAT file system", 0x52, "FAT32   "),
        magic("a FAT file system", 0x36, "FAT1"),
        magic("an ISO 9660 file system", 0x8001, "CD001"),
        magic("a SquashFS file system", 0, "hsqs"),
        // Last: boot sectors of file systems end like a partition table.
        magic("a boot sector or partition table", 0x1fe, hex("55aa")),
    };

    private DeviceSignature() {}

    private static Magic magic(String what, int offset, String text) {
        return new Magic(what, offset, ByteString.utf8(text));
    }

    private static Magic magic(String what, int offset, byte[] bytes) {
        return new Magic(what, offset, ByteString.of(bytes));
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    /** What the device carries, for a message, or null when nothing is recognised. */
    static String find(Descriptor device, long sizeBytes) throws PosixException {
        ByteBuffer head = ByteBuffer.allocateDirect((int) Math.min(HEAD_BYTES, sizeBytes));
        device.read(0, head);
        head.flip();
        for (Magic magic : MAGICS) {
            if (magic.isIn(head)) {
                return magic.what;
            }
        }
        return null;
    }

    private record Magic(String what, int offset, ByteString bytes) {
        boolean isIn(ByteBuffer head) {
            if (offset + bytes.length() > head.limit()) {
                return false;
            }
            byte[] found = new byte[bytes.length()];
            head.get(offset, found);
            return ByteString.of(found).equals(bytes);
        }
    }
}
