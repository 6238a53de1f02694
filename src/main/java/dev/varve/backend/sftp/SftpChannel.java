package dev.varve.backend.sftp;

import com.jcraft.jsch.ChannelSubsystem;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import dev.varve.backend.Patience;
import dev.varve.backend.Unreachable;
import dev.varve.model.BackendException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One SFTP conversation inside an SSH session. Any number of requests may be under way; answers are taken apart by the session's
 * own thread, which hands them to whoever waits. Thread safe. After its first failure it is dead: every request, also those
 * under way, then fails in a way that may be repeated on another one. Memory: the requests and answers under way.
 */
final class SftpChannel {
    /** Answers come in much less, unless the server's disk stands still or the line is cut without a word. */
    private static final Duration ANSWER = Duration.ofMinutes(5);

    private static final Duration CONNECT = Duration.ofSeconds(30);
    private static final int WINDOW_BYTES = 8 << 20;

    private final String place;
    private final long answerSeconds;
    private final ChannelSubsystem channel;
    private final OutputStream out;
    private final Map<Integer, CompletableFuture<SftpReply>> waiting = new ConcurrentHashMap<>();
    private final CompletableFuture<SftpReply> version = new CompletableFuture<>();
    private final Map<String, String> extensions = new HashMap<>();
    private final AtomicInteger nextId = new AtomicInteger();
    private final AtomicInteger users = new AtomicInteger();
    private volatile IOException failure;

    private SftpChannel(String place, Patience patience, ChannelSubsystem channel) throws IOException, JSchException {
        this.place = place;
        this.answerSeconds = patience.answer(ANSWER).toSeconds();
        this.channel = channel;
        channel.setSubsystem("sftp");
        channel.setLocalWindowSizeMax(WINDOW_BYTES);
        channel.setOutputStream(new Incoming());
        this.out = channel.getOutputStream();
    }

    /** @param place for messages */
    static SftpChannel open(Session session, String place, Patience patience) throws IOException {
        SftpChannel opened;
        try {
            opened = new SftpChannel(place, patience, (ChannelSubsystem) session.openChannel("subsystem"));
            opened.channel.connect((int) patience.connect(CONNECT).toMillis());
        } catch (JSchException e) {
            throw new BackendException(place + ": the server opens no SFTP channel: " + e.getMessage(), true, e);
        }
        opened.begin();
        return opened;
    }

    private void begin() throws IOException {
        send(SftpRequest.init());
        SftpReply reply = await(version);
        int spoken = reply.u32();
        if (spoken != SftpProtocol.VERSION) {
            fail(new IOException("it speaks SFTP " + spoken + ", not 3"));
            throw new BackendException(
                    place + ": the server speaks SFTP " + spoken + ", and varve speaks 3", false, null);
        }
        while (reply.hasMore()) {
            extensions.put(reply.string(), reply.string());
        }
    }

    boolean offers(String extension) {
        return extensions.containsKey(extension);
    }

    boolean isAlive() {
        return failure == null && channel.isConnected();
    }

    /** How many operations use it; guarded by the pool that chooses. */
    AtomicInteger users() {
        return users;
    }

    CompletableFuture<SftpReply> request(SftpRequest request) {
        CompletableFuture<SftpReply> answer = new CompletableFuture<>();
        int id = nextId.getAndIncrement();
        waiting.put(id, answer);
        if (failure != null) {
            fail(failure);
        } else {
            send(request.encode(id));
        }
        return answer;
    }

    /** Sends a request from whose answer there is nothing to learn. */
    void tell(SftpRequest request) {
        if (failure == null) {
            send(request.encode(nextId.getAndIncrement()));
        }
    }

    private void send(byte[] message) {
        try {
            synchronized (out) {
                out.write(message);
                out.flush();
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    /** @throws BackendException that may be repeated, when the connection is lost */
    SftpReply await(CompletableFuture<SftpReply> answer) throws IOException {
        try {
            for (long seconds = 0; seconds < answerSeconds; seconds++) {
                try {
                    return answer.get(1, TimeUnit.SECONDS);
                } catch (TimeoutException e) {
                    if (!channel.isConnected()) {
                        fail(new IOException("connection lost", e));
                    }
                }
            }
            fail(new SocketTimeoutException("no answer for " + answerSeconds + " s"));
            return answer.get();
        } catch (ExecutionException e) {
            throw new BackendException(place + ": " + e.getCause().getMessage(), true, Unreachable.is(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for " + place);
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    SftpReply ask(SftpRequest request) throws IOException {
        return await(request(request));
    }

    /** Ends it for all who use it. */
    void fail(IOException reason) {
        boolean first;
        synchronized (waiting) {
            first = failure == null;
            if (first) {
                failure = reason;
            }
        }
        version.completeExceptionally(failure);
        waiting.values().removeIf(answer -> {
            answer.completeExceptionally(failure);
            return true;
        });
        if (first) {
            channel.disconnect();
        }
    }

    /** Takes the stream of answers apart; called by the session's thread alone, which it must not hold up. */
    private final class Incoming extends OutputStream {
        private ByteBuffer message = ByteBuffer.allocate(Integer.BYTES);
        private boolean lengthKnown;

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            ByteBuffer rest = ByteBuffer.wrap(source, offset, length);
            while (rest.hasRemaining()) {
                int count = Math.min(rest.remaining(), message.remaining());
                message.put(rest.slice(rest.position(), count));
                rest.position(rest.position() + count);
                if (!message.hasRemaining()) {
                    completed();
                }
            }
        }

        private void completed() throws IOException {
            message.flip();
            if (lengthKnown) {
                dispatch(message);
                message = ByteBuffer.allocate(Integer.BYTES);
            } else {
                int length = message.getInt();
                if (length < 1 + Integer.BYTES || length > SftpProtocol.MAX_MESSAGE_BYTES) {
                    // A login script that prints something is the usual reason.
                    IOException noise =
                            new IOException("the server sent what is not SFTP; does its login shell print something?");
                    fail(noise);
                    throw noise;
                }
                message = ByteBuffer.allocate(length);
            }
            lengthKnown = !lengthKnown;
        }

        private void dispatch(ByteBuffer complete) {
            int type = Byte.toUnsignedInt(complete.get());
            if (type == SftpProtocol.VERSION_REPLY) {
                version.complete(new SftpReply(type, complete));
                return;
            }
            CompletableFuture<SftpReply> answer = waiting.remove(complete.getInt());
            if (answer != null) {
                answer.complete(new SftpReply(type, complete));
            }
        }

        @Override
        public void close() {
            fail(new IOException("connection lost"));
        }
    }
}
