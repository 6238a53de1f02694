package dev.varve.posix;

/** The O_ flags of open(2). Four of them differ between x86 and ARM. */
public final class OpenFlags {
    private static final boolean ARM = System.getProperty("os.arch").startsWith("a")
            && !System.getProperty("os.arch").equals("amd64");

    public static final int RDONLY = 0;
    public static final int WRONLY = 1;
    public static final int RDWR = 2;
    public static final int CREAT = 0100;
    public static final int EXCL = 0200;
    public static final int TRUNC = 01000;
    public static final int NONBLOCK = 04000;
    public static final int DIRECTORY = ARM ? 040000 : 0200000;
    public static final int NOFOLLOW = ARM ? 0100000 : 0400000;
    public static final int CLOEXEC = 02000000;
    public static final int PATH = 010000000;

    private OpenFlags() {}
}
