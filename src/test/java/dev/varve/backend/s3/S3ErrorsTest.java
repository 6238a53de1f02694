package dev.varve.backend.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import dev.varve.model.DelayedAccessException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.NotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpFullResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

class S3ErrorsTest {
    private final S3Errors errors =
            new S3Errors(new S3Location("bucket", "", null, null, null, null, "STANDARD_IA", null, null));

    private IOException answer(int status, String code) {
        return errors.of("packs/x", exception(status, code, SdkHttpFullResponse.builder()));
    }

    private static S3Exception exception(int status, String code, SdkHttpFullResponse.Builder response) {
        return (S3Exception) S3Exception.builder()
                .statusCode(status)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode(code)
                        .errorMessage("said\nin two lines")
                        .sdkHttpResponse(response.statusCode(status).build())
                        .build())
                .build();
    }

    private static String permanent(IOException e) {
        BackendException failure = assertInstanceOf(BackendException.class, e);
        assertFalse(failure.retryable(), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
        return e.getMessage();
    }

    private static void passing(IOException e) {
        BackendException failure = assertInstanceOf(BackendException.class, e);
        assertTrue(failure.retryable(), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }

    @Test
    void whatMayPassIsToldFromWhatWillNot() {
        for (int status : new int[] {500, 502, 503, 504, 429, 409}) {
            passing(answer(status, "SlowDown"));
        }
        passing(errors.of("x", SdkClientException.create("reset", new SocketException("Connection reset"))));
        permanent(answer(403, "AccessDenied"));
        permanent(answer(400, "InvalidArgument"));
    }

    @Test
    void eachKindIsItsOwnException() {
        assertInstanceOf(NotFoundException.class, answer(404, "NoSuchKey"));
        assertInstanceOf(AlreadyExistsException.class, answer(412, "PreconditionFailed"));
        assertTrue(assertInstanceOf(DelayedAccessException.class, answer(403, "InvalidObjectState"))
                .getMessage()
                .endsWith("run varve recall"));
        assertInstanceOf(NoSpaceException.class, answer(403, "QuotaExceeded"));
        assertInstanceOf(NoSpaceException.class, answer(507, "InsufficientStorage"));
        assertInstanceOf(
                InterruptedIOException.class,
                errors.of("x", AbortedException.builder().message("stopped").build()));
    }

    @Test
    void whatSomebodyMustMendIsOneLineThatSaysHow() {
        assertTrue(permanent(answer(403, "RequestTimeTooSkewed")).contains("clock"));
        assertTrue(permanent(answer(403, "SignatureDoesNotMatch")).contains("AWS_SECRET_ACCESS_KEY"));
        assertTrue(permanent(answer(403, "InvalidAccessKeyId")).contains("AWS_ACCESS_KEY_ID"));
        assertTrue(permanent(answer(400, "ExpiredToken")).contains("expired"));
        assertTrue(permanent(answer(404, "NoSuchBucket")).contains("make it first"));
        assertTrue(permanent(answer(400, "InvalidStorageClass")).contains("STANDARD_IA"));
        assertTrue(permanent(errors.of("x", SdkClientException.create("Unable to load credentials from any: …")))
                .contains("AWS_ACCESS_KEY_ID"));
        IOException host = errors.of("x", SdkClientException.create("no", new UnknownHostException("nowhere")));
        assertTrue(host.getMessage().contains("no such host: nowhere"), host.getMessage());
    }

    @Test
    void aWrongRegionNamesTheRightOneWhereTheServerDoes() {
        assertTrue(permanent(answer(400, "AuthorizationHeaderMalformed")).contains("set AWS_REGION"));
        S3Exception moved =
                exception(301, "", SdkHttpFullResponse.builder().putHeader("x-amz-bucket-region", "eu-north-1"));
        assertTrue(permanent(errors.of("x", moved)).endsWith("set AWS_REGION=eu-north-1"));
        assertEquals(
                "s3://bucket: the bucket is in another region; set AWS_REGION to the right one",
                permanent(answer(301, "PermanentRedirect")));
    }
}
