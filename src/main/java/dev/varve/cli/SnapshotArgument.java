package dev.varve.cli;

import dev.varve.model.ByteString;

/**
 * {@code NAME} or {@code NAME:/PATH} as it stands on a command line.
 *
 * @param name of the snapshot, or {@code latest}
 * @param path absolute; {@code /} when none was given
 */
record SnapshotArgument(String name, ByteString path) {
    static final String SYNTAX = "NAME[:/PATH]";

    /** @throws IllegalArgumentException saying what is wrong with it */
    static SnapshotArgument parse(String word) {
        int colon = word.indexOf(':');
        String name = colon < 0 ? word : word.substring(0, colon);
        String path = colon < 0 ? "/" : word.substring(colon + 1);
        if (name.isEmpty()) {
            throw new IllegalArgumentException("No snapshot named in '" + word + "': write " + SYNTAX);
        }
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("The path in '" + word + "' must start with /: write " + SYNTAX);
        }
        return new SnapshotArgument(name, CliContext.bytes(path));
    }
}
