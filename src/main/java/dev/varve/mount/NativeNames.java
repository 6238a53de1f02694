package dev.varve.mount;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The bytes behind Java's file names. */
final class NativeNames {
    /** In which Java turns names of files and of the command line into Strings. */
    private static final Charset CHARSET = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private NativeNames() {}

    static byte[] bytes(Path path) {
        return path.toString().getBytes(CHARSET);
    }

    /** One character a byte. */
    static String latin1(Path path) {
        return new String(bytes(path), StandardCharsets.ISO_8859_1);
    }
}
