package dev.varve.model;

/** The S_IFMT part of st_mode. */
public enum FileType {
    FIFO(0010000),
    CHARACTER_DEVICE(0020000),
    DIRECTORY(0040000),
    BLOCK_DEVICE(0060000),
    REGULAR(0100000),
    SYMLINK(0120000),
    SOCKET(0140000);

    /** Mask of the type bits in st_mode. */
    public static final int MASK = 0170000;

    private static final FileType[] BY_NIBBLE = new FileType[16];

    static {
        for (FileType type : values()) {
            BY_NIBBLE[type.bits >> 12] = type;
        }
    }

    private final int bits;

    FileType(int bits) {
        this.bits = bits;
    }

    /** The bits as they stand in st_mode. */
    public int bits() {
        return bits;
    }

    /** The type of a mode, or null when the bits name none. */
    public static FileType ofMode(int mode) {
        return BY_NIBBLE[(mode & MASK) >> 12];
    }
}
