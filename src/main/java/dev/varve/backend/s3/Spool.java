package dev.varve.backend.s3;

import dev.varve.model.NoSpaceException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What is written to an object before its name is known: the first {@link #MEMORY_BYTES} in memory, more in a file of the temporary
 * directory that is unlinked as soon as it is open. Reads may be made by many threads after the last write.
 */
final class Spool implements Closeable {
    static final int MEMORY_BYTES = 8 << 20;

    private static final int FIRST_BYTES = 64 << 10;

    private ByteBuffer memory = ByteBuffer.allocate(FIRST_BYTES);
    private FileChannel file;
    private long length;

    long length() {
        return length;
    }

    /** Takes position to limit. */
    void write(ByteBuffer content) throws IOException {
        int count = content.remaining();
        if (file == null && length + count > MEMORY_BYTES) {
            spill();
        }
        if (file == null) {
            room(count).put(content);
        } else {
            writeFully(content, length);
        }
        length += count;
    }

    private ByteBuffer room(int count) {
        if (memory.remaining() < count) {
            int wanted = Math.max(memory.position() + count, 2 * memory.capacity());
            memory = ByteBuffer.allocate(Math.min(wanted, MEMORY_BYTES)).put(memory.flip());
        }
        return memory;
    }

    private void spill() throws IOException {
        Path path = Files.createTempFile("varve-", ".pack");
        file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Files.delete(path);
        writeFully(memory.flip(), 0);
        memory = null;
    }

    private void writeFully(ByteBuffer content, long position) throws IOException {
        int start = content.position();
        try {
            while (content.hasRemaining()) {
                file.write(content, position + content.position() - start);
            }
        } catch (IOException e) {
            throw new NoSpaceException(
                    System.getProperty("java.io.tmpdir") + ": cannot hold a pack before it is sent: " + e.getMessage()
                            + "; make room there, or set VARVE_JAVA_OPTS=-Djava.io.tmpdir=DIR",
                    e);
        }
    }

    /** A copy of a part, or the part itself where it is in memory. */
    ByteBuffer read(long offset, int count) throws IOException {
        if (file == null) {
            return memory.slice((int) offset, count);
        }
        ByteBuffer part = ByteBuffer.allocate(count);
        while (part.hasRemaining()) {
            if (file.read(part, offset + part.position()) < 0) {
                throw new IOException("the temporary file of a pack became shorter");
            }
        }
        return part.flip();
    }

    @Override
    public void close() throws IOException {
        memory = ByteBuffer.allocate(0);
        if (file != null) {
            file.close();
        }
    }
}
