package dev.varve.backend.sftp;

import dev.varve.backend.ObjectNames;
import dev.varve.backend.ObjectWriter;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A file in {@code tmp/} until it is committed. What was written is sent in batches, one under way while the next is filled; a
 * batch is kept until the server has answered for all of it, and sent again over a new connection when the old one is lost. Not
 * thread safe. Memory: two batches of 1 MiB, and the copy of one that is being sent.
 */
final class SftpObjectWriter implements ObjectWriter {
    private static final int BATCH_BYTES = 1 << 20;

    private final SftpBackend backend;
    private final String path;
    private final List<CompletableFuture<SftpReply>> answers = new ArrayList<>();
    private SftpFiles files;
    private byte[] handle;
    private ByteBuffer filling = ByteBuffer.allocate(BATCH_BYTES);
    private ByteBuffer sent = ByteBuffer.allocate(BATCH_BYTES).limit(0);
    private long sentOffset;
    private boolean closed;

    /** @param handle of the file, open over that channel, which this writer gives back */
    SftpObjectWriter(SftpBackend backend, String path, SftpFiles files, byte[] handle) {
        this.backend = backend;
        this.path = path;
        this.files = files;
        this.handle = handle;
    }

    @Override
    public void write(ByteBuffer content) throws IOException {
        requireOpen();
        while (content.hasRemaining()) {
            if (!filling.hasRemaining()) {
                sendFilled();
            }
            int count = Math.min(content.remaining(), filling.remaining());
            filling.put(content.slice(content.position(), count));
            content.position(content.position() + count);
        }
    }

    @Override
    public long position() {
        return sentOffset + sent.limit() + filling.position();
    }

    @Override
    public void commit(String name) throws IOException {
        requireOpen();
        String target = backend.path(ObjectNames.requireValid(name));
        sendFilled();
        settle();
        try {
            connect();
            files.force(handle);
            backend.directories().ensureParent(files, target);
            publish(target);
            // Once more: that forces the new name, too, on the file systems that keep a journal.
            files.force(handle);
        } catch (IOException e) {
            throw failed(target, e);
        }
        close();
    }

    /** Exactly one of several wins: neither a link nor, in version 3, a rename replaces anything. */
    private void publish(String target) throws IOException {
        boolean linked = files.channel().offers(SftpProtocol.HARDLINK);
        try {
            if (linked) {
                linked = linked(target);
            }
            if (!linked) {
                files.rename(path, target);
            }
        } catch (SftpStatusException e) {
            if (files.exists(target)) {
                AlreadyExistsException taken = new AlreadyExistsException(backend.describe(target) + " exists already");
                taken.initCause(e);
                throw taken;
            }
            throw e;
        }
    }

    /** @return false if it is worth trying a rename: the file system may have no links */
    private boolean linked(String target) throws IOException {
        try {
            files.link(path, target);
            return true;
        } catch (SftpStatusException e) {
            if (e.code() == SftpProtocol.PERMISSION_DENIED || files.exists(target)) {
                throw e;
            }
            return false;
        }
    }

    private void sendFilled() throws IOException {
        settle();
        long next = sentOffset + sent.limit();
        ByteBuffer empty = sent.clear();
        sent = filling.flip();
        sentOffset = next;
        filling = empty;
        send();
    }

    private void send() throws IOException {
        answers.clear();
        if (!sent.hasRemaining()) {
            return;
        }
        connect();
        for (int at = 0; at < sent.limit(); at += SftpProtocol.PIECE_BYTES) {
            ByteBuffer piece = sent.slice(at, Math.min(SftpProtocol.PIECE_BYTES, sent.limit() - at));
            answers.add(files.write(handle, sentOffset + at, piece));
        }
    }

    /** Waits until the server has what was sent; sends it once more if that was over a connection now lost. */
    private void settle() throws IOException {
        if (sent.hasRemaining() && answers.isEmpty()) {
            send();
        }
        try {
            for (CompletableFuture<SftpReply> answer : answers) {
                files.channel().await(answer).ok();
            }
            sent.position(sent.limit());
            answers.clear();
        } catch (IOException e) {
            answers.clear();
            throw failed(path, e);
        }
    }

    /** Opens the file over a new channel when the one it was open over is gone. */
    private void connect() throws IOException {
        if (files != null && files.channel().isAlive()) {
            return;
        }
        release();
        SftpFiles other = backend.take();
        try {
            handle = other.open(path, SftpProtocol.OPEN_WRITE);
            files = other;
        } catch (IOException e) {
            IOException named = backend.writing(other, path, sent.limit(), e);
            backend.give(other);
            throw named;
        }
    }

    private IOException failed(String where, IOException e) throws IOException {
        return backend.writing(files, where, sent.limit(), e);
    }

    private void release() {
        if (files != null) {
            backend.give(files);
            files = null;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the object is committed or dropped");
        }
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        if (files == null) {
            return;
        }
        try {
            if (files.channel().isAlive()) {
                files.close(handle);
                SftpTemporaries.remove(files, path);
            }
        } catch (SftpStatusException | BackendException e) {
            // What was committed is durable, and what was not is swept away later.
            answers.clear();
        } finally {
            release();
        }
    }
}
