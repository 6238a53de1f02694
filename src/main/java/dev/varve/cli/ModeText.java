package dev.varve.cli;

import dev.varve.model.FileType;

/** A mode as {@code ls -l} shows it. */
final class ModeText {
    private ModeText() {}

    /** @param more has ACLs or other extended attributes: a {@code +} at the end */
    static String of(int mode, boolean more) {
        StringBuilder text = new StringBuilder(11);
        FileType type = FileType.ofMode(mode);
        text.append(
                type == null
                        ? '?'
                        : switch (type) {
                            case FIFO -> 'p';
                            case CHARACTER_DEVICE -> 'c';
                            case DIRECTORY -> 'd';
                            case BLOCK_DEVICE -> 'b';
                            case REGULAR -> '-';
                            case SYMLINK -> 'l';
                            case SOCKET -> 's';
                        });
        for (int shift = 6; shift >= 0; shift -= 3) {
            int bits = mode >> shift;
            text.append((bits & 4) != 0 ? 'r' : '-').append((bits & 2) != 0 ? 'w' : '-');
            boolean special = (mode >> 9 & 1 << shift / 3) != 0;
            boolean execute = (bits & 1) != 0;
            char letter = shift == 0 ? 't' : 's';
            if (special) {
                text.append(execute ? letter : Character.toUpperCase(letter));
            } else {
                text.append(execute ? 'x' : '-');
            }
        }
        return text.append(more ? '+' : ' ').toString();
    }
}
