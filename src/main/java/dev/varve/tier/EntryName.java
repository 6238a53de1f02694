package dev.varve.tier;

import dev.varve.model.PackId;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Which frame a file of the cache holds: the one at this offset of this pack. */
record EntryName(PackId pack, int frameOffset) {
    private static final int PACK_DIGITS = 2 * PackId.BYTES;
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{" + PACK_DIGITS + "}-[0-7][0-9a-f]{7}");

    EntryName {
        if (frameOffset < 0) {
            throw new IllegalArgumentException("no frame lies at " + frameOffset);
        }
    }

    /** The name of the file; its first two digits are the name of the directory. */
    String fileName() {
        return pack.toHex() + "-" + HexFormat.of().toHexDigits(frameOffset);
    }

    /** Null unless it is the name of an entry. */
    static EntryName parse(String fileName) {
        return FORM.matcher(fileName).matches()
                ? new EntryName(
                        PackId.parse(fileName.substring(0, PACK_DIGITS)),
                        HexFormat.fromHexDigits(fileName, PACK_DIGITS + 1, fileName.length()))
                : null;
    }
}
