package dev.varve.backend.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.Backend;
import dev.varve.backend.BackendContract;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.Patience;
import dev.varve.backend.Retries;
import dev.varve.backend.RetryPolicy;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkGlobalTime;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ObjectLockMode;
import software.amazon.awssdk.services.s3.model.ObjectVersion;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * What a real server must do beyond the contract. Endpoint and keys come from the environment, as for varve; a second user's keys from
 * {@code varve.test.key} and {@code varve.test.secret}. Run by native-tests/s3, which starts the server.
 */
final class S3ServerContract extends BackendContract {
    static final Retries RETRIES = Retries.of(new RetryPolicy(4, Duration.ofMillis(50), Duration.ofSeconds(1)));

    private static final int LARGE = Spool.MEMORY_BYTES + (3 << 20);

    @Override
    protected Backend newBackend() throws IOException {
        return S3Backend.create(location(bucket(false), null, null), RETRIES);
    }

    /** A bucket is made once for each kind; every test has a prefix of its own. */
    static String bucket(boolean locked) throws IOException {
        String name = locked ? "varve-locked" : "varve-plain";
        try (S3Client client = S3Clients.open(location(name, null, null))) {
            client.createBucket(create -> create.bucket(name).objectLockEnabledForBucket(locked));
        } catch (S3Exception e) {
            assertEquals("BucketAlreadyOwnedByYou", e.awsErrorDetails().errorCode());
        }
        return name;
    }

    static S3Location location(String bucket, String storageClass, S3Location.Retention retention) {
        return new S3Location(bucket, UUID.randomUUID() + "/", null, null, null, null, storageClass, null, retention);
    }

    private static void putLarge(Backend backend, String name) throws IOException {
        try (ObjectWriter writer = backend.create(PackKind.DATA)) {
            writer.write(ByteBuffer.allocate(LARGE));
            writer.commit(name);
        }
    }

    @Test
    void aLargeObjectDoesNotReplaceOneThatIsThere() throws IOException {
        try (S3Backend backend = S3Backend.open(location(bucket(false), null, null), RETRIES)) {
            putLarge(backend, "packs/ab/x");
            assertEquals(LARGE, backend.size("packs/ab/x"));
            assertThrows(AlreadyExistsException.class, () -> putLarge(backend, "packs/ab/x"));
            assertThrows(AlreadyExistsException.class, () -> backend.put("packs/ab/x", ByteBuffer.allocate(1)));
        }
    }

    @Test
    void halfUploadsAreAbortedWhenOld() throws IOException {
        S3Location location = location(bucket(false), null, null);
        try (S3Client client = S3Clients.open(location)) {
            S3Objects objects = new S3Objects(client, location, Clock.systemUTC());
            String upload = objects.beginUpload("packs/ab/old", null);
            objects.uploadPart("packs/ab/old", upload, 1, ByteBuffer.allocate(1000));
            objects.abortUploadsOlderThan(Duration.ofDays(1));
            assertEquals(1, uploads(client, location));
            objects.abortUploadsOlderThan(Duration.ofSeconds(-60));
            assertEquals(0, uploads(client, location));
        }
    }

    private static int uploads(S3Client client, S3Location location) {
        return client.listMultipartUploads(
                        list -> list.bucket(location.bucket()).prefix(location.prefix()))
                .uploads()
                .size();
    }

    @Test
    void retentionIsSetOnEveryObjectAndHolds() throws IOException {
        S3Location location = location(bucket(true), null, new S3Location.Retention(1, true));
        try (S3Backend backend = S3Backend.create(location, RETRIES);
                S3Client client = S3Clients.open(location)) {
            backend.put("keys/1", ByteBuffer.allocate(10));
            putLarge(backend, "packs/ab/x");
            assertThrows(AlreadyExistsException.class, () -> backend.put("keys/1", ByteBuffer.allocate(1)));
            for (String name : List.of("keys/1", "packs/ab/x")) {
                HeadObjectResponse head = client.headObject(
                        request -> request.bucket(location.bucket()).key(location.prefix() + name));
                assertEquals(ObjectLockMode.COMPLIANCE, head.objectLockMode());
                assertTrue(
                        head.objectLockRetainUntilDate().isAfter(Instant.now().plus(Duration.ofHours(23))));
                S3Exception e = assertThrows(
                        S3Exception.class,
                        () -> client.deleteObject(request -> request.bucket(location.bucket())
                                .key(location.prefix() + name)
                                .versionId(head.versionId())));
                assertEquals(403, e.statusCode());
                assertTrue(backend.size(name) > 0);
            }
        }
    }

    /** The policy of docs/operations.md, "A machine that may only add". */
    @Test
    void aMachineThatMayOnlyAddAddsAndCanNeitherDeleteNorDestroy() throws IOException {
        String bucket = bucket(true);
        S3Location location = location(bucket, null, new S3Location.Retention(1, true));
        S3Backend.create(location, RETRIES).close();
        String policy = """
                {"Version": "2012-10-17", "Statement": [
                  {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/varve2"]},
                   "Action": ["s3:GetObject", "s3:PutObject", "s3:PutObjectRetention", "s3:ListBucket", "s3:AbortMultipartUpload"],
                   "Resource": ["arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"]}]}
                """.replace("BUCKET", bucket);
        try (S3Client owner = S3Clients.open(location)) {
            owner.putBucketPolicy(put -> put.bucket(bucket).policy(policy));
            System.setProperty("aws.accessKeyId", System.getProperty("varve.test.key"));
            System.setProperty("aws.secretAccessKey", System.getProperty("varve.test.secret"));
            try (S3Backend backend = S3Backend.open(location, RETRIES);
                    S3Client attacker = S3Clients.open(location)) {
                backend.put("packs/ab/x", ByteBuffer.wrap(new byte[] {1, 2, 3}));
                putLarge(backend, "packs/ab/y");
                assertEquals(3, backend.read("packs/ab/x", 0, ByteBuffer.allocate(10)));
                assertThrows(AlreadyExistsException.class, () -> backend.put("packs/ab/x", ByteBuffer.allocate(1)));
                BackendException e = assertThrows(BackendException.class, () -> backend.delete("packs/ab/x"));
                assertTrue(e.getMessage().contains("permission denied"), e.getMessage());
                attacker.putObject(
                        put -> put.bucket(bucket).key(location.prefix() + "packs/ab/x"),
                        software.amazon.awssdk.core.sync.RequestBody.fromString("overwritten"));
            } finally {
                System.clearProperty("aws.accessKeyId");
                System.clearProperty("aws.secretAccessKey");
            }
            List<ObjectVersion> versions = owner.listObjectVersions(
                            list -> list.bucket(bucket).prefix(location.prefix() + "packs/ab/x"))
                    .versions();
            assertEquals(
                    List.of(11L, 3L), versions.stream().map(ObjectVersion::size).toList());
        }
    }

    @Test
    void anUnknownStorageClassIsOneLine() throws IOException {
        String bucket = bucket(false);
        try (S3Backend backend = S3Backend.open(location(bucket, "NOT_THERE", null), RETRIES)) {
            BackendException e =
                    assertThrows(BackendException.class, () -> store(backend, PackKind.DATA, "packs/ab/x"));
            assertFalse(e.retryable());
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
            backend.put("keys/1", ByteBuffer.allocate(1)); // which has none
            store(backend, PackKind.METADATA, "packs/ab/y");
        }
    }

    private static void store(Backend backend, PackKind kind, String name) throws IOException {
        try (ObjectWriter writer = backend.create(kind)) {
            writer.write(ByteBuffer.allocate(1));
            writer.commit(name);
        }
    }

    /** The server refuses what was signed two hours ago; the client goes by the server's clock then. */
    @Test
    void aWrongClockIsMended() throws IOException {
        String bucket = bucket(false);
        for (Patience patience : Patience.values()) {
            SdkGlobalTime.setGlobalTimeOffset(7_200);
            try (S3Backend backend = S3Backend.open(location(bucket, null, null), patience)) {
                assertThrows(NotFoundException.class, () -> backend.read("config", 0, ByteBuffer.allocate(1)));
                assertTrue(Math.abs(SdkGlobalTime.getGlobalTimeOffset()) < 600, "it was not refused");
            } finally {
                SdkGlobalTime.setGlobalTimeOffset(0);
            }
        }
    }

    @Test
    void aMissingBucketIsOneLine() throws IOException {
        try (S3Backend backend = S3Backend.open(location("varve-missing", null, null), RETRIES)) {
            BackendException e =
                    assertThrows(BackendException.class, () -> backend.read("config", 0, ByteBuffer.allocate(1)));
            assertTrue(e.getMessage().contains("make it first"), e.getMessage());
        }
    }

    @Test
    void wrongKeysAreOneLineWithoutThem() throws IOException {
        String bucket = bucket(false);
        System.setProperty("aws.accessKeyId", System.getProperty("varve.test.key"));
        System.setProperty("aws.secretAccessKey", "the wrong one");
        try (S3Backend backend = S3Backend.open(location(bucket, null, null), RETRIES)) {
            BackendException e =
                    assertThrows(BackendException.class, () -> backend.read("config", 0, ByteBuffer.allocate(1)));
            assertTrue(e.getMessage().contains("AWS_SECRET_ACCESS_KEY"), e.getMessage());
            assertFalse(e.getMessage().contains("wrong one"), e.getMessage());
        } finally {
            System.clearProperty("aws.accessKeyId");
            System.clearProperty("aws.secretAccessKey");
        }
    }
}
