package dev.varve.backend.s3;

import dev.varve.model.NotFoundException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.ObjectLockMode;
import software.amazon.awssdk.services.s3.model.ObjectLockRetentionMode;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.RestoreRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.Tier;

/**
 * The requests, one method each, with the errors of {@link S3Errors}. Bodies go with their MD5, which every server checks, and
 * which object lock demands. Thread safe.
 */
final class S3Objects {
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final S3Client client;
    private final S3Location location;
    private final S3Errors errors;
    private final Clock clock;

    S3Objects(S3Client client, S3Location location, Clock clock) {
        this.client = client;
        this.location = location;
        this.errors = new S3Errors(location);
        this.clock = clock;
    }

    private String key(String name) {
        return location.prefix() + name;
    }

    /** The server itself refuses a name that is taken, unless it ignores the condition: see {@link S3Backend}. @param storageClass null for its default */
    void putIfAbsent(String name, ByteBuffer content, String storageClass) throws IOException {
        PutObjectRequest.Builder request = PutObjectRequest.builder()
                .bucket(location.bucket())
                .key(key(name))
                .ifNoneMatch("*")
                .contentMD5(md5(content))
                .storageClass(storageClass);
        if (location.retention() != null) {
            request.objectLockMode(lockMode()).objectLockRetainUntilDate(retainUntil());
        }
        try {
            client.putObject(request.build(), body(content));
        } catch (SdkException e) {
            throw errors.of(name, e);
        }
    }

    /** @return −1 if there is none */
    long sizeOrAbsent(String name) throws IOException {
        try {
            return client.headObject(head -> head.bucket(location.bucket()).key(key(name)))
                    .contentLength();
        } catch (S3Exception e) {
            if (e.statusCode() == 404) {
                return -1;
            }
            throw errors.of(name, e);
        } catch (SdkException e) {
            throw errors.of(name, e);
        }
    }

    /** @throws NotFoundException if there is none */
    HeadObjectResponse head(String name) throws IOException {
        try {
            return client.headObject(head -> head.bucket(location.bucket()).key(key(name)));
        } catch (SdkException e) {
            throw errors.of(name, e);
        }
    }

    /**
     * Has the server fetch an object out of its archive; nothing more if it is doing so.
     *
     * @param days null where the class has none
     * @param tier null for the server's default
     */
    void restore(String name, Integer days, Tier tier) throws IOException {
        RestoreRequest.Builder request = RestoreRequest.builder().days(days);
        if (tier != null) {
            request.glacierJobParameters(job -> job.tier(tier));
        }
        try {
            client.restoreObject(
                    restore -> restore.bucket(location.bucket()).key(key(name)).restoreRequest(request.build()));
        } catch (S3Exception e) {
            if (!"RestoreAlreadyInProgress".equals(e.awsErrorDetails().errorCode())) {
                throw errors.of(name, e);
            }
        } catch (SdkException e) {
            throw errors.of(name, e);
        }
    }

    int read(String name, long offset, ByteBuffer target) throws IOException {
        String range = "bytes=" + offset + "-" + (offset + target.remaining() - 1);
        try (ResponseInputStream<GetObjectResponse> stream = client.getObject(
                get -> get.bucket(location.bucket()).key(key(name)).range(range))) {
            return drain(stream, target);
        } catch (S3Exception e) {
            if (e.statusCode() == RANGE_NOT_SATISFIABLE) {
                return 0;
            }
            throw errors.of(name, e);
        } catch (SdkException e) {
            throw errors.of(name, e);
        } catch (IOException e) {
            throw errors.of(name, SdkException.create(e.getMessage(), e));
        }
    }

    private static int drain(InputStream stream, ByteBuffer target) throws IOException {
        int total = 0;
        byte[] scratch = target.hasArray() ? target.array() : new byte[Math.min(target.remaining(), 64 << 10)];
        while (target.hasRemaining()) {
            int at = target.hasArray() ? target.arrayOffset() + target.position() : 0;
            int count = stream.read(scratch, at, Math.min(target.remaining(), scratch.length - at));
            if (count < 0) {
                break;
            }
            if (target.hasArray()) {
                target.position(target.position() + count);
            } else {
                target.put(scratch, 0, count);
            }
            total += count;
        }
        return total;
    }

    /**
     * @param delimiter "/" for one level, or null for all below
     * @param token of the page before; null for the first
     */
    ListObjectsV2Response page(String prefix, String delimiter, String token) throws IOException {
        try {
            return client.listObjectsV2(ListObjectsV2Request.builder()
                    .bucket(location.bucket())
                    .prefix(key(prefix))
                    .delimiter(delimiter)
                    .continuationToken(token)
                    .build());
        } catch (SdkException e) {
            throw errors.of("", e);
        }
    }

    void delete(String name) throws IOException {
        try {
            client.deleteObject(delete -> delete.bucket(location.bucket()).key(key(name)));
        } catch (SdkException e) {
            throw errors.of(name, e);
        }
    }

    /**
     * @param storageClass null for the server's default
     * @return its id
     */
    String beginUpload(String name, String storageClass) throws IOException {
        CreateMultipartUploadRequest.Builder request = CreateMultipartUploadRequest.builder()
                .bucket(location.bucket())
                .key(key(name))
                .storageClass(storageClass);
        if (location.retention() != null) {
            request.objectLockMode(lockMode()).objectLockRetainUntilDate(retainUntil());
        }
        try {
            return client.createMultipartUpload(request.build()).uploadId();
        } catch (SdkException e) {
            throw errors.of(name, e);
        }
    }

    /** @param number from 1 */
    CompletedPart uploadPart(String name, String upload, int number, ByteBuffer content) throws IOException {
        try {
            String tag = client.uploadPart(
                            part -> part.bucket(location.bucket())
                                    .key(key(name))
                                    .uploadId(upload)
                                    .partNumber(number)
                                    .contentMD5(md5(content)),
                            body(content))
                    .eTag();
            return CompletedPart.builder().partNumber(number).eTag(tag).build();
        } catch (SdkException e) {
            throw errors.of(name, e);
        }
    }

    void completeUpload(String name, String upload, List<CompletedPart> parts) throws IOException {
        try {
            client.completeMultipartUpload(complete -> complete.bucket(location.bucket())
                    .key(key(name))
                    .uploadId(upload)
                    .multipartUpload(all -> all.parts(parts)));
        } catch (SdkException e) {
            throw errors.of(name, e);
        }
    }

    /** Sees to the retention of an object that was stored in parts: Ceph 16 does not take it with the first request. */
    void retain(String name) throws IOException {
        if (location.retention() == null) {
            return;
        }
        try {
            HeadObjectResponse stored =
                    client.headObject(head -> head.bucket(location.bucket()).key(key(name)));
            if (stored.objectLockMode() == null) {
                client.putObjectRetention(put -> put.bucket(location.bucket())
                        .key(key(name))
                        .retention(retention -> retention
                                .mode(
                                        location.retention().compliance()
                                                ? ObjectLockRetentionMode.COMPLIANCE
                                                : ObjectLockRetentionMode.GOVERNANCE)
                                .retainUntilDate(retainUntil())));
            }
        } catch (SdkException e) {
            throw errors.of(name, e);
        }
    }

    void abortUpload(String name, String upload) throws IOException {
        try {
            client.abortMultipartUpload(
                    abort -> abort.bucket(location.bucket()).key(key(name)).uploadId(upload));
        } catch (SdkException e) {
            throw errors.of(name, e);
        }
    }

    /** Aborts what was begun before and never ended: its parts cost and are seen by nobody. */
    void abortUploadsOlderThan(Duration age) throws IOException {
        Instant limit = clock.instant().minus(age);
        try {
            ListMultipartUploadsResponse listed = client.listMultipartUploads(
                    list -> list.bucket(location.bucket()).prefix(location.prefix()));
            for (MultipartUpload upload : listed.uploads()) {
                if (upload.initiated() != null && upload.initiated().isBefore(limit)) {
                    client.abortMultipartUpload(abort ->
                            abort.bucket(location.bucket()).key(upload.key()).uploadId(upload.uploadId()));
                }
            }
        } catch (SdkException e) {
            throw errors.of("", e);
        }
    }

    boolean isVersioned() throws IOException {
        try {
            return client.getBucketVersioning(get -> get.bucket(location.bucket()))
                            .status()
                    == BucketVersioningStatus.ENABLED;
        } catch (SdkException e) {
            throw errors.of("", e);
        }
    }

    void close() {
        client.close();
    }

    private ObjectLockMode lockMode() {
        return location.retention().compliance() ? ObjectLockMode.COMPLIANCE : ObjectLockMode.GOVERNANCE;
    }

    private Instant retainUntil() {
        return clock.instant().plus(Duration.ofDays(location.retention().days()));
    }

    private static RequestBody body(ByteBuffer content) {
        ByteBuffer whole = content.duplicate();
        return RequestBody.fromContentProvider(
                () -> new ByteArrayInputStream(
                        whole.array(), whole.arrayOffset() + whole.position(), whole.remaining()),
                whole.remaining(),
                "application/octet-stream");
    }

    private static String md5(ByteBuffer content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            digest.update(content.duplicate());
            return Base64.getEncoder().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }
}
