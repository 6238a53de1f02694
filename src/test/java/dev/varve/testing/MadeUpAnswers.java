package dev.varve.testing;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An HTTP server on loopback that answers as told, and keeps what it was asked: for answers that no server here can be brought to
 * give. A connection is closed after its answer.
 */
public final class MadeUpAnswers implements Closeable {
    private final ServerSocket socket;
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private volatile Answer last = new Answer(500, Map.of(), "");

    /** @param body empty for none */
    public record Answer(int status, Map<String, String> headers, String body) {
        /** As S3 tells an error. */
        public static Answer error(int status, String code, Map<String, String> headers) {
            return new Answer(
                    status, headers, "<Error><Code>" + code + "</Code><Message>made up\nhere</Message></Error>");
        }
    }

    /** @param headers by lower-case names */
    public record Request(String method, String uri, Map<String, String> headers, String body) {}

    private MadeUpAnswers(ServerSocket socket) {
        this.socket = socket;
    }

    public static MadeUpAnswers start() throws IOException {
        MadeUpAnswers made = new MadeUpAnswers(new ServerSocket(0, 100, InetAddress.getLoopbackAddress()));
        Thread thread = new Thread(made::accept, "made-up-answers");
        thread.setDaemon(true);
        thread.start();
        return made;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    /** To the requests to come, one each; the last of them to all further ones. */
    public void answer(Answer... next) {
        answers.addAll(List.of(next));
        last = next[next.length - 1];
    }

    public List<Request> requests() {
        return List.copyOf(requests);
    }

    private void accept() {
        while (!socket.isClosed()) {
            try (Socket client = socket.accept()) {
                handle(new BufferedInputStream(client.getInputStream()), client.getOutputStream());
                client.shutdownOutput();
            } catch (IOException e) {
                continue; // closed, or the client hung up
            }
        }
    }

    private void handle(InputStream in, OutputStream out) throws IOException {
        String[] first = line(in).split(" ");
        if (first.length < 3) {
            return; // a connection that was not used
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        if (headers.containsKey("expect")) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        requests.add(new Request(first[0], first[1], headers, new String(body, StandardCharsets.ISO_8859_1)));
        Answer answer = answers.isEmpty() ? last : answers.remove();
        byte[] content = answer.body().getBytes(StandardCharsets.UTF_8);
        StringBuilder text = new StringBuilder("HTTP/1.1 " + answer.status() + " Made Up\r\nConnection: close\r\n");
        answer.headers()
                .forEach((name, value) ->
                        text.append(name).append(": ").append(value).append("\r\n"));
        text.append("Content-Length: ").append(content.length).append("\r\n\r\n");
        out.write(text.toString().getBytes(StandardCharsets.US_ASCII));
        if (!first[0].equals("HEAD")) {
            out.write(content);
        }
        out.flush();
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
