package dev.varve.testing;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A way to an HTTP server on loopback on which, for the next connections, things go wrong as told. One connection carries one kind of trouble. */
public final class BadLine implements Closeable {
    private final ServerSocket socket;
    private final int target;
    private final Queue<Trouble> troubles = new ConcurrentLinkedQueue<>();

    /** What befalls a connection. */
    public enum Trouble {
        /** None, but the connection ends after one answer. */
        NONE,
        /** Cut before anything is answered. */
        DROPPED,
        /** Cut after 3 MB went up. */
        CUT_WHILE_SENDING,
        /** Cut after 100 kB came down. */
        CUT_WHILE_ANSWERING,
        /** The server is told everything, and its answer is lost. */
        ANSWER_LOST,
        /** Answered with 503 SlowDown by somebody before the server. */
        THROTTLED
    }

    private BadLine(ServerSocket socket, int target) {
        this.socket = socket;
        this.target = target;
    }

    public static BadLine to(int port) throws IOException {
        BadLine line = new BadLine(new ServerSocket(0, 100, InetAddress.getLoopbackAddress()), port);
        daemon(line::accept);
        return line;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    /** For the connections to come, one each, in this order. */
    public void expect(Trouble... next) {
        troubles.addAll(java.util.List.of(next));
    }

    public boolean isOver() {
        return troubles.isEmpty();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                Trouble trouble = troubles.isEmpty() ? Trouble.NONE : troubles.remove();
                daemon(() -> carry(client, trouble));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void carry(Socket client, Trouble trouble) {
        try (client) {
            switch (trouble) {
                case DROPPED -> client.getInputStream().read();
                case THROTTLED -> {
                    client.getInputStream().read();
                    String body =
                            "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
                    String answer =
                            "HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body;
                    client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                    client.shutdownOutput();
                    client.getInputStream().transferTo(OutputStream.nullOutputStream());
                }
                default -> relay(client, trouble);
            }
        } catch (IOException e) {
            return; // one of both hung up
        }
    }

    private void relay(Socket client, Trouble trouble) throws IOException {
        try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
            long up = trouble == Trouble.CUT_WHILE_SENDING ? 3_000_000 : Long.MAX_VALUE;
            long down = switch (trouble) {
                case CUT_WHILE_ANSWERING -> 100_000;
                case ANSWER_LOST -> 0;
                default -> Long.MAX_VALUE;
            };
            daemon(() -> {
                copy(client, server, up);
                close(trouble == Trouble.CUT_WHILE_SENDING ? client : null, server);
            });
            copy(server, client, down);
        }
    }

    private static void close(Socket client, Socket server) {
        try {
            if (client != null) {
                client.close();
                server.close();
            } else {
                server.shutdownOutput();
            }
        } catch (IOException e) {
            return; // closed already
        }
    }

    /** Ends when the source ends, the limit is reached or one of both is closed. */
    private static void copy(Socket from, Socket to, long limit) {
        byte[] buffer = new byte[16 << 10];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (long left = limit; ; ) {
                int count = in.read(buffer);
                if (count < 0 || count > left) {
                    return;
                }
                out.write(buffer, 0, count);
                left -= count;
            }
        } catch (IOException e) {
            return; // one of both hung up
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "bad-line");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
