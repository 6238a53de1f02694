package dev.varve.view;

/**
 * How stat's st_ino is made (docs/decisions/0006-inode-numbers-in-the-mount.md). Everything in a mount has one st_dev, and
 * find, du, tar and cp take two directories, or two names of a file with several links, for one when the numbers are equal.
 * So the root volume of a snapshot shows the original numbers; every further volume carries its place among the volumes in the
 * upper 16 bits; what exists only in the view carries 0xffff there and a hash of its path below.
 */
final class InodeNumbers {
    private static final int SHIFT = 48;
    private static final long SYNTHETIC = 0xffffL << SHIFT;
    private static final long LOW = (1L << SHIFT) - 1;

    private InodeNumbers() {}

    /** @param place of the volume in its snapshot; 0 is the root volume */
    static long ofVolume(int place, long original) {
        return original ^ ((long) place << SHIFT);
    }

    /** The same for the same path in every mount: FNV-1a over the characters, spread. */
    static long synthetic(String path) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < path.length(); i++) {
            hash = (hash ^ path.charAt(i)) * 0x100000001b3L;
        }
        hash ^= hash >>> 29;
        return SYNTHETIC | (hash & LOW);
    }
}
