package dev.varve.backup;

import dev.varve.model.ByteString;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Names volumes after their sources: {@code /dev/vg0/root} and {@code /dev/mapper/vg0-root} are {@code vg0-root}, {@code /x/vol.img} is {@code vol}. */
final class VolumeNames {
    private static final List<String> IMAGE_SUFFIXES = List.of(".img", ".raw", ".image", ".dd", ".iso", ".bin");

    /** Bytes of UTF-8, so that a file name has room for a number and a suffix behind it. */
    private static final int MAX_BYTES = 200;

    private final Set<String> taken = new HashSet<>();

    /** A name that this has not given before. */
    String name(Path source) {
        String stem = stem(source.toAbsolutePath().normalize().toString());
        String name = stem;
        for (int i = 2; !taken.add(name); i++) {
            name = stem + "-" + i;
        }
        return name;
    }

    private static String stem(String path) {
        String stem;
        if (path.startsWith("/dev/mapper/")) {
            stem = path.substring("/dev/mapper/".length());
        } else if (path.startsWith("/dev/") && !path.startsWith("/dev/shm/")) { // files lie there, not devices
            stem = path.substring("/dev/".length());
        } else {
            stem = withoutSuffix(path.substring(path.lastIndexOf('/') + 1));
        }
        String clean = stem.replace('/', '-')
                .chars()
                .map(c -> c <= ' ' || c == 0x7f ? '_' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        clean = cut(clean);
        boolean hidden = clean.isEmpty() || clean.charAt(0) == '.';
        return hidden ? "volume" + clean : clean;
    }

    /** Names are byte strings: outside ASCII a character has several. */
    private static String cut(String name) {
        int characters = Math.min(name.length(), MAX_BYTES);
        while (ByteString.utf8(name.substring(0, characters)).length() > MAX_BYTES) {
            characters--;
        }
        return name.substring(0, characters);
    }

    private static String withoutSuffix(String file) {
        for (String suffix : IMAGE_SUFFIXES) {
            if (file.endsWith(suffix) && file.length() > suffix.length()) {
                return file.substring(0, file.length() - suffix.length());
            }
        }
        return file;
    }
}
