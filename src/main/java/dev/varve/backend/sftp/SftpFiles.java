package dev.varve.backend.sftp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/** File operations over one channel. A server's no is an {@link SftpStatusException}. Thread safe. */
final class SftpFiles {
    private static final int READS_UNDER_WAY = 32;
    private static final int FILE_MODE = 0600;
    private static final int DIRECTORY_MODE = 0700;

    private final SftpChannel channel;

    /** Takes an entry of a directory, {@code .} and {@code ..} apart. */
    @FunctionalInterface
    interface EntryVisitor {
        void visit(String name, SftpAttributes attributes);
    }

    SftpFiles(SftpChannel channel) {
        this.channel = channel;
    }

    SftpChannel channel() {
        return channel;
    }

    /** Follows symbolic links. */
    SftpAttributes status(String path) throws IOException {
        SftpReply reply = channel.ask(new SftpRequest(SftpProtocol.STAT).string(path));
        return SftpAttributes.decode(reply.expect(SftpProtocol.ATTRS));
    }

    SftpAttributes status(byte[] handle) throws IOException {
        SftpReply reply = channel.ask(new SftpRequest(SftpProtocol.FSTAT).string(handle));
        return SftpAttributes.decode(reply.expect(SftpProtocol.ATTRS));
    }

    boolean isDirectory(String path) throws IOException {
        try {
            return status(path).isDirectory();
        } catch (SftpStatusException e) {
            if (e.code() == SftpProtocol.NO_SUCH_FILE) {
                return false;
            }
            throw e;
        }
    }

    boolean exists(String path) throws IOException {
        try {
            status(path);
            return true;
        } catch (SftpStatusException e) {
            if (e.code() == SftpProtocol.NO_SUCH_FILE) {
                return false;
            }
            throw e;
        }
    }

    /** A new file, for writing alone. */
    byte[] create(String path) throws IOException {
        return channel.ask(new SftpRequest(SftpProtocol.OPEN)
                        .string(path)
                        .u32(SftpProtocol.OPEN_WRITE | SftpProtocol.OPEN_CREATE | SftpProtocol.OPEN_EXCLUSIVE)
                        .u32(SftpProtocol.ATTRIBUTE_PERMISSIONS)
                        .u32(FILE_MODE))
                .handle();
    }

    /** @param how {@link SftpProtocol#OPEN_READ} or {@link SftpProtocol#OPEN_WRITE} */
    byte[] open(String path, int how) throws IOException {
        return channel.ask(
                        new SftpRequest(SftpProtocol.OPEN).string(path).u32(how).u32(0))
                .handle();
    }

    CompletableFuture<SftpReply> write(byte[] handle, long offset, ByteBuffer piece) {
        return channel.request(
                new SftpRequest(SftpProtocol.WRITE).string(handle).u64(offset).string(piece));
    }

    /** Durable, where the server has a word for that. */
    void force(byte[] handle) throws IOException {
        if (channel.offers(SftpProtocol.FSYNC)) {
            channel.ask(new SftpRequest(SftpProtocol.EXTENDED)
                            .string(SftpProtocol.FSYNC)
                            .string(handle))
                    .ok();
        }
    }

    void close(byte[] handle) throws IOException {
        channel.ask(new SftpRequest(SftpProtocol.CLOSE).string(handle)).ok();
    }

    CompletableFuture<SftpReply> makeDirectory(String path) {
        return channel.request(new SftpRequest(SftpProtocol.MKDIR)
                .string(path)
                .u32(SftpProtocol.ATTRIBUTE_PERMISSIONS)
                .u32(DIRECTORY_MODE));
    }

    void remove(String path) throws IOException {
        channel.ask(new SftpRequest(SftpProtocol.REMOVE).string(path)).ok();
    }

    /** Never replaces. */
    void link(String from, String to) throws IOException {
        channel.ask(new SftpRequest(SftpProtocol.EXTENDED)
                        .string(SftpProtocol.HARDLINK)
                        .string(from)
                        .string(to))
                .ok();
    }

    /** By version 3 of the protocol it never replaces; OpenSSH links and unlinks. */
    void rename(String from, String to) throws IOException {
        channel.ask(new SftpRequest(SftpProtocol.RENAME).string(from).string(to))
                .ok();
    }

    /** Bytes free for this user where {@code path} is; −1 when the server can't say. */
    long freeBytes(String path) throws IOException {
        if (!channel.offers(SftpProtocol.STATVFS)) {
            return -1;
        }
        SftpReply reply = channel.ask(new SftpRequest(SftpProtocol.EXTENDED)
                        .string(SftpProtocol.STATVFS)
                        .string(path))
                .expect(SftpProtocol.EXTENDED_REPLY);
        reply.u64(); // f_bsize
        long unit = reply.u64(); // f_frsize
        reply.u64(); // f_blocks
        reply.u64(); // f_bfree
        return unit * reply.u64(); // f_bavail
    }

    void list(String path, EntryVisitor visitor) throws IOException {
        byte[] handle =
                channel.ask(new SftpRequest(SftpProtocol.OPENDIR).string(path)).handle();
        try {
            while (true) {
                SftpReply reply = channel.ask(new SftpRequest(SftpProtocol.READDIR).string(handle));
                try {
                    reply.expect(SftpProtocol.NAME);
                } catch (SftpStatusException e) {
                    if (e.code() == SftpProtocol.EOF) {
                        return;
                    }
                    throw e;
                }
                int count = reply.u32();
                for (int i = 0; i < count; i++) {
                    String name = reply.string();
                    reply.bytes(); // as ls -l would show it
                    SftpAttributes attributes = SftpAttributes.decode(reply);
                    if (!name.equals(".") && !name.equals("..")) {
                        visitor.visit(name, attributes);
                    }
                }
            }
        } finally {
            channel.tell(new SftpRequest(SftpProtocol.CLOSE).string(handle));
        }
    }

    /** Reads until the target is full or the file ends, many pieces at once. @return bytes read */
    int read(String path, long offset, ByteBuffer target) throws IOException {
        byte[] handle = open(path, SftpProtocol.OPEN_READ);
        try {
            int wanted = target.remaining();
            int asked = 0;
            int got = 0;
            ArrayDeque<Piece> underWay = new ArrayDeque<>();
            while (got < wanted) {
                while (asked < wanted && underWay.size() < READS_UNDER_WAY) {
                    int length = Math.min(SftpProtocol.PIECE_BYTES, wanted - asked);
                    underWay.add(new Piece(length, ask(handle, offset + asked, length)));
                    asked += length;
                }
                Piece piece = underWay.remove();
                int count = take(piece.answer(), piece.length(), target);
                while (count > 0 && count < piece.length()) { // shorter than asked for, and perhaps not at the end
                    int more = take(
                            ask(handle, offset + got + count, piece.length() - count), piece.length() - count, target);
                    if (more == 0) {
                        return got + count;
                    }
                    count += more;
                }
                if (count == 0) {
                    return got;
                }
                got += count;
            }
            return got;
        } finally {
            channel.tell(new SftpRequest(SftpProtocol.CLOSE).string(handle));
        }
    }

    private record Piece(int length, CompletableFuture<SftpReply> answer) {}

    private CompletableFuture<SftpReply> ask(byte[] handle, long offset, int length) {
        return channel.request(
                new SftpRequest(SftpProtocol.READ).string(handle).u64(offset).u32(length));
    }

    /** @return 0 at the end of the file */
    private int take(CompletableFuture<SftpReply> answer, int length, ByteBuffer target) throws IOException {
        try {
            ByteBuffer data = channel.await(answer).expect(SftpProtocol.DATA).bytes();
            int count = data.remaining();
            if (count > length) {
                throw new IOException("the server sent more than was asked for");
            }
            target.put(data);
            return count;
        } catch (SftpStatusException e) {
            if (e.code() == SftpProtocol.EOF) {
                return 0;
            }
            throw e;
        }
    }
}
