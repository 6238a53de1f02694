package dev.varve.backend.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.Backend;
import dev.varve.backend.BackendContract;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.Retries;
import dev.varve.backend.RetryPolicy;
import dev.varve.backend.RetryingBackend;
import dev.varve.backend.StoredObject;
import dev.varve.model.BackendException;
import dev.varve.model.PackKind;
import dev.varve.model.RefusedException;
import dev.varve.testing.BadLine;
import dev.varve.testing.BadLine.Trouble;
import dev.varve.testing.S3Server;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

class S3BackendTest extends BackendContract {
    private static final RetryPolicy QUICK = new RetryPolicy(6, Duration.ofMillis(20), Duration.ofMillis(200));

    @TempDir
    static Path directory;

    private static S3Server server;

    @BeforeAll
    static void start() throws Exception {
        server = S3Server.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    protected Backend newBackend() throws IOException {
        return S3Backend.create(location(server.endpoint()), Retries.of(QUICK));
    }

    /** S3Proxy lists the files that it is still writing. */
    @Override
    protected boolean isTheServersOwn(String name) {
        return name.matches(".*-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    }

    private static S3Location location(URI endpoint) {
        return new S3Location(
                S3Server.BUCKET, UUID.randomUUID() + "/", endpoint, "us-east-1", null, null, null, null, null);
    }

    @Test
    void creatingLeavesNothingBehind() throws IOException {
        try (Backend backend = newBackend()) {
            assertTrue(listing(backend, "").isEmpty());
        }
    }

    @Test
    void moreObjectsThanAPageAreListedOnceEach() throws Exception {
        S3Location location = location(server.endpoint());
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (S3Backend backend = S3Backend.open(location, Retries.of(QUICK))) {
            List<Future<?>> puts = new ArrayList<>();
            for (int i = 0; i < 1_050; i++) {
                String name = i % 10 == 0 ? "packs/top" + i : "packs/" + i % 7 + "/" + i;
                puts.add(threads.submit(() -> {
                    backend.put(name, ByteBuffer.allocate(1));
                    return null;
                }));
            }
            for (Future<?> put : puts) {
                put.get();
            }
            backend.put("other", ByteBuffer.allocate(1));
            List<StoredObject> seen = listing(backend, "packs/");
            assertEquals(1_050, seen.size());
            assertEquals(
                    1_050, new TreeSet<>(seen.stream().map(StoredObject::name).toList()).size());
            assertEquals(1_051, listing(backend, "").size());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void throttlingDroppedConnectionsAndHalfTransfersAreWaitedOut() throws Exception {
        byte[] content = new byte[20_000_000];
        new Random(4).nextBytes(content);
        try (BadLine line = BadLine.to(server.port());
                Backend backend = new RetryingBackend(
                        S3Backend.open(location(line.endpoint()), Retries.of(QUICK)), Retries.of(QUICK))) {
            line.expect(Trouble.THROTTLED, Trouble.DROPPED, Trouble.ANSWER_LOST);
            backend.put("keys/1", ByteBuffer.wrap(content, 0, 1_000));
            assertEquals(1_000, backend.size("keys/1"));
            line.expect(
                    Trouble.DROPPED,
                    Trouble.CUT_WHILE_SENDING,
                    Trouble.THROTTLED,
                    Trouble.CUT_WHILE_SENDING,
                    Trouble.ANSWER_LOST,
                    Trouble.DROPPED,
                    Trouble.ANSWER_LOST);
            try (ObjectWriter writer = backend.create(PackKind.DATA)) {
                writer.write(ByteBuffer.wrap(content));
                writer.commit("packs/ab/large");
            }
            line.expect(Trouble.CUT_WHILE_ANSWERING, Trouble.THROTTLED, Trouble.CUT_WHILE_ANSWERING, Trouble.DROPPED);
            ByteBuffer target = ByteBuffer.allocateDirect(content.length + 10);
            assertEquals(content.length, backend.read("packs/ab/large", 0, target));
            assertEquals(ByteBuffer.wrap(content), target.flip());
            line.expect(Trouble.THROTTLED, Trouble.DROPPED);
            assertEquals(2, listing(backend, "").size());
        }
    }

    @Test
    void halfUploadsThatAreADayOldAreAborted() throws Exception {
        S3Location location = location(server.endpoint());
        S3Client client = S3Clients.open(location);
        S3Objects objects = new S3Objects(client, location, Clock.systemUTC());
        String upload = objects.beginUpload("packs/ab/old", null);
        objects.uploadPart("packs/ab/old", upload, 1, ByteBuffer.allocate(100));
        objects.abortUploadsOlderThan(Duration.ofDays(1));
        assertEquals(List.of(upload), uploads(client, location));
        Clock tomorrow = Clock.fixed(Instant.now().plus(Duration.ofHours(25)), ZoneOffset.UTC);
        try (S3Backend later = S3Backend.open(location, Retries.of(QUICK), tomorrow);
                ObjectWriter writer = later.create(PackKind.DATA)) {
            writer.write(ByteBuffer.allocate(Spool.MEMORY_BYTES + 1));
            writer.commit("packs/ab/new");
        }
        assertEquals(List.of(), uploads(client, location));
        objects.close();
    }

    private static List<String> uploads(S3Client client, S3Location location) {
        return client
                .listMultipartUploads(list -> list.bucket(location.bucket()).prefix(location.prefix()))
                .uploads()
                .stream()
                .map(MultipartUpload::uploadId)
                .toList();
    }

    @Test
    void anUploadThatFailsForGoodIsAborted() throws Exception {
        S3Location location = location(server.endpoint());
        S3Client client = S3Clients.open(location);
        S3Objects objects = new S3Objects(client, location, Clock.systemUTC());
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try (Spool spool = new Spool()) {
            spool.write(ByteBuffer.allocate(9 << 20));
            spool.close(); // what was written can't be read any more
            IOException e = assertThrows(
                    IOException.class,
                    () -> new PartUpload(objects, pool, Retries.of(QUICK)).store("packs/ab/x", spool, null));
            assertEquals(0, e.getSuppressed().length);
            assertEquals(List.of(), uploads(client, location));
            assertEquals(-1, objects.sizeOrAbsent("packs/ab/x"));
        } finally {
            pool.shutdownNow();
            objects.close();
        }
    }

    @Test
    void wrongKeysAreOneLineWithoutThem() throws Exception {
        try {
            S3Server.giveKeys("AKIAVARVETEST", "the wrong secret");
            String secret = refusal(location(server.endpoint()));
            assertTrue(secret.contains("AWS_SECRET_ACCESS_KEY") && !secret.contains("wrong secret"), secret);
            S3Server.giveKeys("AKIANOBODY", "only-for-tests");
            String key = refusal(location(server.endpoint()));
            assertTrue(key.contains("AWS_ACCESS_KEY_ID"), key);
        } finally {
            server.giveKeys();
        }
    }

    @Test
    void aMissingBucketIsOneLine() throws Exception {
        S3Location location =
                new S3Location("no-such-bucket", "", server.endpoint(), "us-east-1", null, null, null, null, null);
        assertTrue(refusal(location).contains("there is no bucket no-such-bucket; make it first"));
    }

    @Test
    void aServerThatIsNotThereMayComeBack() throws IOException {
        try (S3Backend backend = S3Backend.open(location(URI.create("http://127.0.0.1:1")), Retries.of(QUICK))) {
            BackendException e = assertThrows(BackendException.class, () -> backend.size("config"));
            assertTrue(e.retryable());
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
        }
    }

    @Test
    void addressesAreParsedAndBadOnesRefused() throws IOException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "endpoint", "http://127.0.0.1:7480",
                "region", "eu-central-1",
                "profile", "backup",
                "path-style", "false",
                "storage-class", "STANDARD_IA",
                "restore-tier", "bulk",
                "retention-days", "30",
                "retention-mode", "compliance",
                "other", "kept"));
        S3Location full = S3Location.parse("s3://bucket/a/b/", settings);
        assertEquals(
                new S3Location(
                        "bucket",
                        "a/b/",
                        URI.create("http://127.0.0.1:7480"),
                        "eu-central-1",
                        "backup",
                        false,
                        "STANDARD_IA",
                        "bulk",
                        new S3Location.Retention(30, true)),
                full);
        assertEquals(Map.of("other", "kept"), settings);
        assertEquals("s3://bucket/a/b", full.describe());
        assertEquals(
                "s3://bucket", S3Location.parse("s3://bucket", new HashMap<>()).describe());
        for (String bad :
                List.of("s3://", "s3:///a", "s3://UPPER/a", "s3://bucket/a//b", "s3://bucket/ä", "s3://b/a")) {
            assertThrows(RefusedException.class, () -> S3Location.parse(bad, new HashMap<>()), bad);
        }
        for (String[] setting : new String[][] {
            {"endpoint", "127.0.0.1:80"},
            {"endpoint", "http://key:secret@host"},
            {"path-style", "yes"},
            {"restore-tier", "Bulk"},
            {"retention-days", "0"},
            {"retention-mode", "governance"}
        }) {
            RefusedException e = assertThrows(
                    RefusedException.class,
                    () -> S3Location.parse("s3://bucket", new HashMap<>(Map.of(setting[0], setting[1]))));
            assertFalse(e.getMessage().contains("secret"), e.getMessage());
        }
    }

    private static String refusal(S3Location location) throws IOException {
        try (S3Backend backend = S3Backend.open(location, Retries.of(QUICK))) {
            BackendException e =
                    assertThrows(BackendException.class, () -> backend.read("config", 0, ByteBuffer.allocate(10)));
            assertFalse(e.retryable());
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
            return e.getMessage();
        }
    }

    private static List<StoredObject> listing(Backend backend, String prefix) throws IOException {
        List<StoredObject> seen = new ArrayList<>();
        backend.list(prefix, seen::add);
        return seen;
    }
}
