package dev.varve.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** An HTTP server on loopback that answers as told, and keeps what it was asked: for answers that no server here can be brought to give. */
public final class MadeUpAnswers implements Closeable {
    private final HttpServer server;
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

    private MadeUpAnswers(HttpServer server) {
        this.server = server;
    }

    public static MadeUpAnswers start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        MadeUpAnswers made = new MadeUpAnswers(server);
        server.createContext("/", made::handle);
        server.start();
        return made;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** To the requests to come, one each; the last of them to all further ones. */
    public void answer(Answer... next) {
        answers.addAll(List.of(next));
        last = next[next.length - 1];
    }

    public List<Request> requests() {
        return List.copyOf(requests);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> headers = new java.util.TreeMap<>();
            exchange.getRequestHeaders()
                    .forEach((name, values) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), values.get(0)));
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1);
            requests.add(new Request(
                    exchange.getRequestMethod(), exchange.getRequestURI().toString(), headers, body));
            Answer answer = answers.isEmpty() ? last : answers.remove();
            answer.headers()
                    .forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
            byte[] content = answer.body().getBytes(StandardCharsets.UTF_8);
            boolean none = exchange.getRequestMethod().equals("HEAD") || content.length == 0;
            exchange.sendResponseHeaders(answer.status(), none ? -1 : content.length);
            if (!none) {
                try (OutputStream out = exchange.getResponseBody()) {
                    out.write(content);
                }
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
