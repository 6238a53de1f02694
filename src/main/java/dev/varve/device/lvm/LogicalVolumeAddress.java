package dev.varve.device.lvm;

import java.nio.file.Path;
import java.util.List;

/**
 * A logical volume on named physical volumes: {@code pv:DEVICE[,DEVICE…]:VG/LV}. The last colon ends the devices, so that a device may
 * have colons in its name; a comma it can't have.
 *
 * @param text as the user wrote it, with {@code pv:}
 * @param devices physical volumes, or disks with partitions that are
 * @param group empty if none was named
 * @param volume empty if none was named
 */
public record LogicalVolumeAddress(String text, List<Path> devices, String group, String volume) {
    private static final String PREFIX = "pv:";

    public LogicalVolumeAddress {
        devices = List.copyOf(devices);
    }

    /** Whether a source is meant to be such an address. A file of this name is {@code ./pv:…}. */
    public static boolean isOne(String text) {
        return text.startsWith(PREFIX);
    }

    /**
     * Takes an address apart. What is behind the last colon may be missing or only a group, so that opening it can say what is there.
     *
     * @throws IllegalArgumentException saying what is wrong
     */
    public static LogicalVolumeAddress parse(String text) {
        if (!isOne(text)) {
            throw new IllegalArgumentException("not a logical volume on a device: " + text);
        }
        String rest = text.substring(PREFIX.length());
        int colon = rest.lastIndexOf(':');
        String devices = colon < 0 ? rest : rest.substring(0, colon);
        String name = colon < 0 ? "" : rest.substring(colon + 1);
        int slash = name.indexOf('/');
        String group = slash < 0 ? name : name.substring(0, slash);
        String volume = slash < 0 ? "" : name.substring(slash + 1);
        List<String> words = List.of(devices.split(",", -1));
        if (words.contains("")) {
            throw new IllegalArgumentException("No device in '" + text + "'; it is pv:DEVICE[,DEVICE]:VG/LV");
        }
        boolean valid = (group.isEmpty() || LvmNames.isName(group)) && (volume.isEmpty() || LvmNames.isName(volume));
        if (!valid || group.isEmpty() && slash >= 0) {
            throw new IllegalArgumentException(
                    "'" + name + "' is no name of a logical volume; it is pv:DEVICE[,DEVICE]:VG/LV");
        }
        return new LogicalVolumeAddress(text, words.stream().map(Path::of).toList(), group, volume);
    }

    @Override
    public String toString() {
        return text;
    }
}
