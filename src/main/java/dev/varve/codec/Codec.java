package dev.varve.codec;

/** How the plaintext of an envelope is compressed; the codes are part of the format (docs/format.md, "Envelope"). */
public enum Codec {
    RAW(0),
    LZ4(1),
    XZ(2);

    private final int code;

    Codec(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** The codec of a code, or null when this version knows none. */
    static Codec ofCode(int code) {
        return code == RAW.code ? RAW : code == LZ4.code ? LZ4 : code == XZ.code ? XZ : null;
    }
}
