package dev.varve.tier;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Reading and writing of whole runs of bytes, and private files. */
final class FileBytes {
    private FileBytes() {}

    /** Opens a file for writing, 0600 when it is made. */
    static FileChannel openPrivate(Path file, StandardOpenOption creation) throws IOException {
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.WRITE, creation),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /** Reads until the target is full or the file ends. */
    static void readUpTo(FileChannel channel, long offset, ByteBuffer target) throws IOException {
        long position = offset;
        int read = 0;
        while (target.hasRemaining() && read >= 0) {
            read = channel.read(target, position);
            position += read;
        }
    }

    /** Writes from the channel's position on. */
    static void writeFully(FileChannel channel, ByteBuffer... pieces) throws IOException {
        ByteBuffer last = pieces[pieces.length - 1];
        while (last.hasRemaining()) {
            channel.write(pieces);
        }
    }
}
