package dev.varve.backup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file without a name for what does not fit in memory: it is gone when it is closed or when the process ends, however it
 * ends. Not thread safe.
 */
final class ScratchFile implements Closeable {
    private final FileChannel channel;

    private ScratchFile(FileChannel channel) {
        this.channel = channel;
    }

    static ScratchFile create(Path directory) throws IOException {
        Path path = Files.createTempFile(directory, "varve-", ".scratch");
        try {
            return new ScratchFile(FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
        } finally {
            Files.delete(path);
        }
    }

    long size() throws IOException {
        return channel.size();
    }

    void write(long offset, ByteBuffer source) throws IOException {
        long position = offset;
        while (source.hasRemaining()) {
            position += channel.write(source, position);
        }
    }

    /** Reads until the target is full or the file ends. @return bytes read */
    int readUpTo(long offset, ByteBuffer target) throws IOException {
        int before = target.remaining();
        long position = offset;
        while (target.hasRemaining()) {
            int read = channel.read(target, position);
            if (read < 0) {
                break;
            }
            position += read;
        }
        return before - target.remaining();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
