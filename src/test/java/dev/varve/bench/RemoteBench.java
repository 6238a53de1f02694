package dev.varve.bench;

import dev.varve.crypto.Password;
import dev.varve.model.PackKind;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryLocation;
import dev.varve.repository.RepositoryOptions;
import dev.varve.repository.WriteSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * For scripts/bench/s3. {@code fill ADDRESS PACKS CHUNKS} adds packs of CHUNKS chunks of 16 bytes to a repository, so that trailers and index
 * are those of one that is two thousand times as large; a hundredth of them are of metadata. {@code delay PORT MILLIS} prints a port and
 * passes on to PORT what comes there, each way half that much later, until it is ended.
 */
public final class RemoteBench {
    private static final int WRITERS = 8;
    private static final int METADATA_EVERY = 100;
    private static final int CHUNK_BYTES = 16;
    private static final RepositoryOptions ONE_FRAME_A_PACK =
            RepositoryOptions.defaults().writing(1, 1 << 19);

    private RemoteBench() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "fill" -> fill(arguments[1], Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
            case "delay" -> delay(Integer.parseInt(arguments[1]), Long.parseLong(arguments[2]));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void fill(String address, int packs, int chunks) throws Exception {
        RepositoryLocation location = RepositoryLocation.parse(address, System.getenv("XDG_CACHE_HOME"));
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        try (Repository repository =
                location.open(() -> Password.of(System.getenv("VARVE_PASSWORD").toCharArray()), ONE_FRAME_A_PACK)) {
            List<Callable<Void>> writers = new ArrayList<>();
            for (int first = 0; first < WRITERS; first++) {
                int from = first;
                writers.add(() -> {
                    write(repository, from, packs, chunks);
                    return null;
                });
            }
            for (Future<Void> writer : threads.invokeAll(writers)) {
                writer.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void write(Repository repository, int first, int packs, int chunks) throws IOException {
        try (WriteSession session = repository.begin()) {
            for (int pack = first; pack < packs; pack += WRITERS) {
                PackKind kind = pack % METADATA_EVERY == 0 ? PackKind.METADATA : PackKind.DATA;
                try (ChunkLane lane = session.lane(kind)) {
                    for (int i = 0; i < chunks; i++) {
                        byte[] chunk = ByteBuffer.allocate(CHUNK_BYTES)
                                .putLong(pack)
                                .putLong(i)
                                .array();
                        lane.put(chunk, 0, chunk.length);
                    }
                }
            }
            session.commit();
        }
    }

    private static void delay(int port, long millis) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 500, InetAddress.getLoopbackAddress())) {
            System.out.println(socket.getLocalPort());
            while (true) {
                Socket client = socket.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                pass(client, server, millis);
                pass(server, client, millis);
            }
        }
    }

    /** What was read, and when it is to go on; an empty one at the end. */
    private record Piece(byte[] content, long dueNanos) {}

    private static void pass(Socket from, Socket to, long millis) {
        LinkedBlockingQueue<Piece> pieces = new LinkedBlockingQueue<>(1024);
        daemon(() -> {
            byte[] buffer = new byte[64 << 10];
            InputStream in = from.getInputStream();
            while (true) {
                int count = in.read(buffer);
                long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis) / 2;
                pieces.put(new Piece(java.util.Arrays.copyOf(buffer, Math.max(0, count)), due));
                if (count < 0) {
                    return;
                }
            }
        });
        daemon(() -> {
            try (to) {
                OutputStream out = to.getOutputStream();
                while (true) {
                    Piece piece = pieces.take();
                    TimeUnit.NANOSECONDS.sleep(piece.dueNanos() - System.nanoTime());
                    if (piece.content().length == 0) {
                        return;
                    }
                    out.write(piece.content());
                }
            }
        });
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void daemon(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException | InterruptedException e) {
                return; // one of both hung up
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
