package dev.varve.device.lvm;

import java.util.regex.Pattern;

/** What LVM allows as names and identifiers. */
final class LvmNames {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,126}");
    private static final Pattern UUID = Pattern.compile("[A-Za-z0-9!#]{32}");

    private LvmNames() {}

    /** Whether a volume group or logical volume can have this name. */
    static boolean isName(String name) {
        return NAME.matcher(name).matches() && !name.equals(".") && !name.equals("..");
    }

    /** Whether this is a UUID without its dashes. */
    static boolean isUuid(String uuid) {
        return UUID.matcher(uuid).matches();
    }

    /** A UUID as lvm2's tools show it. */
    static String dashed(String uuid) {
        return String.join(
                "-",
                uuid.substring(0, 6),
                uuid.substring(6, 10),
                uuid.substring(10, 14),
                uuid.substring(14, 18),
                uuid.substring(18, 22),
                uuid.substring(22, 26),
                uuid.substring(26));
    }
}
