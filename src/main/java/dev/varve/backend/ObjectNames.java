package dev.varve.backend;

import dev.varve.model.PackId;

/** What objects are called (docs/format.md, "Objects"), and which names are allowed at all. */
public final class ObjectNames {
    public static final String CONFIG = "config";
    public static final String KEYS = "keys/";
    public static final String PACKS = "packs/";
    public static final String SNAPSHOTS = "snapshots/";
    public static final String LABELS = "labels/";
    public static final String FORGOTTEN = "forgotten/";
    public static final String MARKS = "marks/";
    public static final String KEEPS = "keeps/";
    public static final String TIERS = "tiers/";
    public static final String USES = "uses/";

    /** In a cold tier: whose it is. */
    public static final String OWNER = "owner/";

    /** Unfinished objects of a local directory; no object may be called so. */
    public static final String TEMPORARY = "tmp";

    /** What a local directory has of cold tiers: their indexes and what was read of them; no object may be called so. */
    public static final String CACHE = "cache";

    /** A file of a local directory that only takes room; no object may be called so. */
    public static final String RESERVE = "reserve";

    private static final int MAX_LENGTH = 200;
    private static final int SHARD_DIGITS = 2;

    private ObjectNames() {}

    /** {@code packs/ab/ab…}: 256 directories keep each of them small. */
    public static String pack(PackId id) {
        String hex = id.toHex();
        return PACKS + hex.substring(0, SHARD_DIGITS) + "/" + hex;
    }

    /** The pack of an object name, or null when it is no pack's. */
    public static PackId packId(String name) {
        String hex = name.substring(name.lastIndexOf('/') + 1);
        if (hex.length() != 2 * PackId.BYTES || !isHex(hex)) {
            return null;
        }
        PackId id = PackId.parse(hex);
        return pack(id).equals(name) ? id : null;
    }

    /** Whether this is a name as {@link Backend} demands it. */
    public static boolean isValid(String name) {
        if (name.isEmpty() || name.length() > MAX_LENGTH) {
            return false;
        }
        String[] segments = name.split("/", -1);
        for (String segment : segments) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                return false;
            }
        }
        return !segments[0].equals(TEMPORARY)
                && !segments[0].equals(RESERVE)
                && !segments[0].equals(CACHE)
                && name.chars().allMatch(ObjectNames::isAllowed);
    }

    /** @throws IllegalArgumentException unless valid: names come from this program, never from outside */
    public static String requireValid(String name) {
        if (!isValid(name)) {
            throw new IllegalArgumentException("not an object name: " + name);
        }
        return name;
    }

    private static boolean isAllowed(int c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-' || c == '/';
    }

    private static boolean isHex(String text) {
        return text.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }
}
