package dev.varve.backend.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.Availability;
import dev.varve.backend.Backend;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.Patience;
import dev.varve.backend.Retries;
import dev.varve.backend.RetryPolicy;
import dev.varve.backend.RetryingBackend;
import dev.varve.model.BackendException;
import dev.varve.model.DelayedAccessException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import dev.varve.testing.MadeUpAnswers;
import dev.varve.testing.MadeUpAnswers.Answer;
import dev.varve.testing.MadeUpAnswers.Request;
import dev.varve.testing.S3Server;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkGlobalTime;

/** What AWS answers and no server here does: archives, wrong regions and clocks, endless throttling. */
class S3AnswersTest {
    private static final RetryPolicy QUICK = new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(2));
    private static final String PACK = "packs/ab/x";
    private static final String BACK = "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2040 00:00:00 GMT\"";

    private MadeUpAnswers server;

    @BeforeEach
    void start() throws IOException {
        server = MadeUpAnswers.start();
        S3Server.giveKeys("AKIAVARVETEST", "only-for-tests");
    }

    @AfterEach
    void stop() throws IOException {
        SdkGlobalTime.setGlobalTimeOffset(0); // the client keeps what a server told it
        server.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    private S3Location location(String... settings) throws IOException {
        Map<String, String> all =
                new HashMap<>(Map.of("endpoint", server.endpoint().toString(), "region", "us-east-1"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return S3Location.parse("s3://bucket", all);
    }

    private Backend open(String... settings) throws IOException {
        return new RetryingBackend(S3Backend.open(location(settings), Retries.of(QUICK)), Retries.of(QUICK));
    }

    private static Answer head(String... headers) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        return new Answer(200, all, "");
    }

    private Request onlyRequest(String method) {
        List<Request> all = server.requests().stream()
                .filter(request -> request.method().equals(method))
                .toList();
        assertEquals(1, all.size(), all.toString());
        return all.get(0);
    }

    @Test
    void theStorageClassIsOfDataAlone() throws IOException {
        Answer none = Answer.error(404, "NoSuchKey", Map.of());
        Answer taken = new Answer(200, Map.of("ETag", "\"e\""), "");
        server.answer(none, taken, none, taken, none, taken);
        try (Backend backend = open("storage-class", "DEEP_ARCHIVE")) {
            for (PackKind kind : PackKind.values()) {
                try (ObjectWriter writer = backend.create(kind)) {
                    writer.write(ByteBuffer.wrap(new byte[] {1}));
                    writer.commit(kind == PackKind.DATA ? "packs/ab/d" : "packs/ab/m");
                }
            }
            backend.put("keys/1", ByteBuffer.wrap(new byte[] {1}));
        }
        List<Request> puts = server.requests().stream()
                .filter(request -> request.method().equals("PUT"))
                .toList();
        assertEquals(3, puts.size());
        assertEquals("DEEP_ARCHIVE", puts.get(0).headers().get("x-amz-storage-class"));
        assertNull(puts.get(1).headers().get("x-amz-storage-class"));
        assertNull(puts.get(2).headers().get("x-amz-storage-class"));
    }

    @Test
    void theStorageClassGoesWithUploadsInPartsToo() throws IOException {
        Answer begun = new Answer(
                200, Map.of(), "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>");
        server.answer(begun);
        S3Objects objects = new S3Objects(S3Clients.open(location()), location(), java.time.Clock.systemUTC());
        assertEquals("u", objects.beginUpload(PACK, "GLACIER"));
        objects.close();
        assertEquals("GLACIER", onlyRequest("POST").headers().get("x-amz-storage-class"));
    }

    @Test
    void whatIsArchivedIsToldFromWhatIsNot() throws IOException {
        assertAvailability(Availability.READY);
        assertAvailability(Availability.READY, "x-amz-storage-class", "STANDARD_IA");
        assertAvailability(Availability.READY, "x-amz-storage-class", "GLACIER_IR");
        assertAvailability(Availability.READY, "x-amz-storage-class", "INTELLIGENT_TIERING");
        assertAvailability(Availability.ARCHIVED, "x-amz-storage-class", "GLACIER");
        assertAvailability(Availability.ARCHIVED, "x-amz-storage-class", "DEEP_ARCHIVE");
        for (String tier : List.of("ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS")) {
            assertAvailability(
                    Availability.ARCHIVED, "x-amz-storage-class", "INTELLIGENT_TIERING", "x-amz-archive-status", tier);
        }
        assertAvailability(
                Availability.COMING,
                "x-amz-storage-class",
                "DEEP_ARCHIVE",
                "x-amz-restore",
                "ongoing-request=\"true\"");
        assertAvailability(Availability.READY, "x-amz-storage-class", "DEEP_ARCHIVE", "x-amz-restore", BACK);
    }

    private void assertAvailability(Availability expected, String... headers) throws IOException {
        server.answer(head(headers));
        try (Backend backend = open()) {
            assertEquals(expected, backend.availability(PACK), List.of(headers).toString());
        }
    }

    @Test
    void whatIsNotThereIsNeitherReadyNorRecalled() throws IOException {
        server.answer(Answer.error(404, "NoSuchKey", Map.of()));
        try (Backend backend = open()) {
            assertThrows(NotFoundException.class, () -> backend.availability(PACK));
            assertThrows(NotFoundException.class, () -> backend.recall(PACK, 1));
            assertThrows(IllegalArgumentException.class, () -> backend.recall(PACK, 0));
        }
    }

    @Test
    void readingWhatIsArchivedSaysSoAtOnce() throws IOException {
        server.answer(Answer.error(403, "InvalidObjectState", Map.of()));
        try (Backend backend = open()) {
            DelayedAccessException e =
                    assertThrows(DelayedAccessException.class, () -> backend.read(PACK, 0, ByteBuffer.allocate(10)));
            assertFalse(e.retryable());
            assertEquals(
                    "s3://bucket/" + PACK
                            + ": is in an archive of the server, which takes hours to fetch it; run varve recall",
                    e.getMessage());
        }
        assertEquals(1, server.requests().size());
    }

    @Test
    void aRecallSaysForHowLongAndHowQuickly() throws IOException {
        server.answer(head("x-amz-storage-class", "GLACIER"), new Answer(202, Map.of(), ""));
        try (Backend backend = open("restore-tier", "bulk")) {
            backend.recall(PACK, 9);
        }
        Request restore = onlyRequest("POST");
        assertEquals("/bucket/" + PACK + "?restore", restore.uri().replace("restore=", "restore"));
        assertTrue(restore.body().contains("<Days>9</Days>"), restore.body());
        assertTrue(restore.body().contains("<Tier>Bulk</Tier>"), restore.body());
    }

    @Test
    void withoutATierTheServerChooses() throws IOException {
        server.answer(head("x-amz-storage-class", "DEEP_ARCHIVE"), new Answer(202, Map.of(), ""));
        try (Backend backend = open()) {
            backend.recall(PACK, 1);
        }
        assertFalse(onlyRequest("POST").body().contains("Tier"));
    }

    @Test
    void whatComesOrWasNeverArchivedIsNotAskedForAgain() throws IOException {
        try (Backend backend = open()) {
            server.answer(head("x-amz-storage-class", "STANDARD"));
            backend.recall(PACK, 3);
            server.answer(head("x-amz-storage-class", "GLACIER", "x-amz-restore", "ongoing-request=\"true\""));
            backend.recall(PACK, 3);
        }
        assertEquals(
                List.of("HEAD", "HEAD"),
                server.requests().stream().map(Request::method).toList());
    }

    @Test
    void whatIsBackIsProlonged() throws IOException {
        server.answer(head("x-amz-storage-class", "GLACIER", "x-amz-restore", BACK), new Answer(200, Map.of(), ""));
        try (Backend backend = open()) {
            backend.recall(PACK, 30);
        }
        assertTrue(onlyRequest("POST").body().contains("<Days>30</Days>"));
    }

    @Test
    void intelligentTieringTakesNoDays() throws IOException {
        server.answer(
                head("x-amz-storage-class", "INTELLIGENT_TIERING", "x-amz-archive-status", "ARCHIVE_ACCESS"),
                new Answer(202, Map.of(), ""));
        try (Backend backend = open("restore-tier", "standard")) {
            backend.recall(PACK, 5);
        }
        String body = onlyRequest("POST").body();
        assertFalse(body.contains("Days"), body);
        assertTrue(body.contains("<Tier>Standard</Tier>"), body);
    }

    @Test
    void aRecallThatAnotherMadeMeanwhileIsFineAndOneThatIsRefusedIsNot() throws IOException {
        Answer archived = head("x-amz-storage-class", "GLACIER");
        try (Backend backend = open("restore-tier", "expedited")) {
            server.answer(archived, Answer.error(409, "RestoreAlreadyInProgress", Map.of()));
            backend.recall(PACK, 5);
            server.answer(archived, Answer.error(403, "AccessDenied", Map.of()));
            BackendException e = assertThrows(BackendException.class, () -> backend.recall(PACK, 5));
            assertFalse(e.retryable());
            assertTrue(e.getMessage().contains("permission denied"), e.getMessage());
        }
    }

    @Test
    void aWrongRegionIsOneLineThatNamesTheRightOneAndIsNotRepeated() throws IOException {
        Map<String, String> right = Map.of("x-amz-bucket-region", "eu-north-1");
        for (Answer answer : List.of(
                Answer.error(301, "PermanentRedirect", right),
                Answer.error(400, "AuthorizationHeaderMalformed", right))) {
            server.answer(answer);
            int before = server.requests().size();
            try (Backend backend = open()) {
                BackendException e =
                        assertThrows(BackendException.class, () -> backend.read("config", 0, ByteBuffer.allocate(1)));
                assertEquals("s3://bucket: the bucket is in another region; set AWS_REGION=eu-north-1", e.getMessage());
                assertFalse(e.retryable());
            }
            assertEquals(before + 1, server.requests().size());
        }
    }

    private static Answer skewed(Duration by) {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                Instant.now().plus(by).atOffset(ZoneOffset.UTC));
        return Answer.error(403, "RequestTimeTooSkewed", Map.of("Date", date));
    }

    /** The client goes by the server's clock from then on, also where somebody waits. */
    @Test
    void aWrongClockIsMended() throws IOException {
        for (Patience patience : Patience.values()) {
            server.answer(skewed(Duration.ofHours(5)), new Answer(206, Map.of(), "x"));
            try (Backend backend = S3Backend.open(location(), patience)) {
                assertEquals(1, backend.read("config", 0, ByteBuffer.allocate(1)));
            }
            List<Request> requests = server.requests();
            String mended = requests.get(requests.size() - 1).headers().get("x-amz-date");
            Instant told = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssX").parse(mended, Instant::from);
            assertTrue(told.isAfter(Instant.now().plus(Duration.ofHours(4))), patience + ": " + mended);
        }
        assertEquals(4, server.requests().size());
    }

    @Test
    void aClockThatCanNotBeMendedIsOneLine() throws IOException {
        server.answer(skewed(Duration.ofHours(-3)));
        try (Backend backend = open()) {
            BackendException e =
                    assertThrows(BackendException.class, () -> backend.read("config", 0, ByteBuffer.allocate(1)));
            assertFalse(e.retryable());
            assertTrue(e.getMessage().endsWith("set this machine's clock"), e.getMessage());
        }
    }

    @Test
    void throttlingWithoutEndIsToldInTheEnd() throws IOException {
        server.answer(Answer.error(503, "SlowDown", Map.of()));
        try (Backend backend = open()) {
            BackendException e = assertThrows(BackendException.class, () -> backend.size("config"));
            assertFalse(e.retryable());
            assertFalse(e.away(), "it answers");
            assertTrue(e.getMessage().endsWith("(3 tries)"), e.getMessage());
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
        }
    }

    /** Refused, unknown, and silent: the circuit breaker goes by it. */
    @Test
    void aServerThatIsAwayIsToldFromOneThatAnswers() throws IOException {
        assertTrue(failure(URI.create("http://127.0.0.1:1")).away());
        assertTrue(failure(URI.create("http://no-such-host.invalid:80")).away());
        try (ServerSocket silent = new ServerSocket(0)) {
            URI endpoint = URI.create("http://127.0.0.1:" + silent.getLocalPort());
            assertTrue(failure(endpoint).away());
        }
    }

    private static BackendException failure(URI endpoint) throws IOException {
        S3Location location = S3Location.parse(
                "s3://bucket", new HashMap<>(Map.of("endpoint", endpoint.toString(), "region", "us-east-1")));
        try (Backend backend = S3Backend.open(location, Patience.INTERACTIVE)) {
            BackendException e =
                    assertThrows(BackendException.class, () -> backend.read("config", 0, ByteBuffer.allocate(1)));
            assertTrue(e.retryable());
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
            return e;
        }
    }
}
