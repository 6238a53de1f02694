package dev.varve.fs.probe;

import dev.varve.device.BlockSource;
import dev.varve.fs.Volume;
import dev.varve.fs.ext.ExtVolume;
import dev.varve.model.CorruptException;
import dev.varve.model.UnsupportedVolumeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Tells by their magic bytes which file system a device holds, and opens it. */
public final class VolumeProbe {
    private static final int PROBE_BYTES = 72 << 10;

    private VolumeProbe() {}

    /** What else may be found, so that a message can name it. */
    private record Known(String name, int offset, String magic) {}

    private static final List<Known> UNREADABLE = List.of(
            new Known("XFS", 0, "XFSB"),
            new Known("Btrfs", 0x10040, "_BHRfS_M"),
            new Known("LUKS encryption", 0, "LUKS\u00ba\u00be"),
            new Known("an LVM physical volume: name a volume on it, pv:DEVICE:VG/LV", 512, "LABELONE"),
            new Known("an LVM physical volume: name a volume on it, pv:DEVICE:VG/LV", 0, "LABELONE"),
            new Known("NTFS", 3, "NTFS    "),
            new Known("exFAT", 3, "EXFAT   "),
            new Known("F2FS", 1024, "\u0010 \u00f5\u00f2"),
            new Known("squashfs", 0, "hsqs"),
            new Known("swap space", 4086, "SWAPSPACE2"),
            new Known("FAT", 82, "FAT32   "),
            new Known(
                    "a partition table: name one of its partitions, or a logical volume, pv:DEVICE:VG/LV",
                    510,
                    "U\u00aa"));

    /**
     * Opens the file system on a device. The source belongs to the volume only if this returns.
     *
     * @throws UnsupportedVolumeException if there is none that varve reads, or one with features that it does not read
     * @throws CorruptException if its superblock or journal cannot be trusted, or the device is shorter than it
     */
    public static Volume open(BlockSource source) throws IOException {
        if (ExtVolume.isExt(source)) {
            return ExtVolume.open(source);
        }
        throw new UnsupportedVolumeException(source.name(), "no file system that varve reads" + found(source));
    }

    private static String found(BlockSource source) throws IOException {
        byte[] head = new byte[(int) Math.min(PROBE_BYTES, source.sizeBytes())];
        source.read(0, ByteBuffer.wrap(head));
        String text = new String(head, StandardCharsets.ISO_8859_1);
        for (Known known : UNREADABLE) {
            if (text.startsWith(known.magic, known.offset)) {
                return " (found " + known.name + ")";
            }
        }
        return "";
    }
}
