package dev.varve.backend.s3;

import dev.varve.backend.Unreachable;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import dev.varve.model.DelayedAccessException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.NotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.UnknownHostException;
import java.util.Optional;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;

/** Turns what a server or the client says into the errors that {@link dev.varve.backend.Backend} promises. No secret gets into a message. */
final class S3Errors {
    private static final int MOVED = 301;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int PRECONDITION_FAILED = 412;
    private static final int TOO_MANY = 429;
    private static final int SERVER_ERROR = 500;
    private static final int NO_STORAGE = 507;

    private final S3Location location;

    S3Errors(S3Location location) {
        this.location = location;
    }

    /** @param name of the object; empty for the whole */
    IOException of(String name, SdkException e) {
        String where = location.describe() + (name.isEmpty() ? "" : "/" + name);
        if (e instanceof AwsServiceException answer) {
            return answer(where, answer);
        }
        if (e instanceof AbortedException) {
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for " + where);
            interrupted.initCause(e);
            return interrupted;
        }
        IOException network = cause(e, IOException.class);
        if (network == null) {
            return client(where, e);
        }
        if (network instanceof UnknownHostException) {
            return new BackendException(
                    where + ": no such host: " + network.getMessage() + "; is AWS_ENDPOINT_URL or AWS_REGION right?",
                    true,
                    true,
                    e);
        }
        return new BackendException(where + ": " + message(network), true, Unreachable.is(network), e);
    }

    private static IOException client(String where, SdkException e) {
        String said = message(e);
        if (said.startsWith("Unable to load credentials")) {
            return new BackendException(
                    where + ": no access key; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
                    false,
                    e);
        }
        return new BackendException(where + ": " + said, e.retryable(), e);
    }

    private IOException answer(String where, AwsServiceException e) {
        AwsErrorDetails details = e.awsErrorDetails();
        String code = details == null || details.errorCode() == null ? "" : details.errorCode();
        IOException known = known(where, code, e);
        if (known != null) {
            return known;
        }
        int status = e.statusCode();
        String said = details == null
                        || details.errorMessage() == null
                        || details.errorMessage().isBlank()
                ? "the server answers " + status
                : details.errorMessage().lines().findFirst().get();
        if (status == NOT_FOUND) {
            return with(e, new NotFoundException(where + ": there is no such object"));
        }
        if (status == PRECONDITION_FAILED) {
            return with(e, new AlreadyExistsException(where + " exists already"));
        }
        if (status == FORBIDDEN) {
            return new BackendException(
                    where + ": permission denied; is this key allowed to do that in the bucket?", false, e);
        }
        if (status == NO_STORAGE) {
            return new NoSpaceException(where + ": the server is full", e);
        }
        boolean mayPass = status >= SERVER_ERROR || status == TOO_MANY || status == CONFLICT || e.retryable();
        return new BackendException(where + ": " + said + (code.isEmpty() ? "" : " (" + code + ")"), mayPass, e);
    }

    /** @return null for what the status tells */
    private IOException known(String where, String code, AwsServiceException e) {
        return switch (code) {
            case "NoSuchBucket" ->
                permanent(e, location.describe() + ": there is no bucket " + location.bucket() + "; make it first");
            case "InvalidAccessKeyId", "InvalidToken", "ExpiredToken", "TokenRefreshRequired" ->
                permanent(
                        e,
                        where
                                + ": the server does not know this access key, or it has expired; look at AWS_ACCESS_KEY_ID or AWS_PROFILE");
            case "SignatureDoesNotMatch" ->
                permanent(
                        e,
                        where
                                + ": the secret key is not that of the access key; look at AWS_SECRET_ACCESS_KEY or AWS_PROFILE");
            case "RequestTimeTooSkewed" ->
                permanent(
                        e,
                        where
                                + ": the clocks of this machine and the server differ too much; set this machine's clock");
            case "AuthorizationHeaderMalformed",
                    "PermanentRedirect",
                    "IllegalLocationConstraintException",
                    "MovedPermanently" -> region(e);
            case "InvalidStorageClass" ->
                permanent(
                        e, where + ": the server has no storage class " + location.storageClass() + "; choose another");
            case "InvalidObjectState" ->
                new DelayedAccessException(
                        where + ": is in an archive of the server, which takes hours to fetch it; run varve recall", e);
            case "QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity" ->
                new NoSpaceException(where + ": the server is full, or the quota is used up", e);
            default -> e.statusCode() == MOVED ? region(e) : null;
        };
    }

    private BackendException region(AwsServiceException e) {
        Optional<String> right =
                e.awsErrorDetails() == null || e.awsErrorDetails().sdkHttpResponse() == null
                        ? Optional.empty()
                        : e.awsErrorDetails().sdkHttpResponse().firstMatchingHeader("x-amz-bucket-region");
        return permanent(
                e,
                location.describe() + ": the bucket is in another region; set AWS_REGION"
                        + right.map(name -> "=" + name).orElse(" to the right one"));
    }

    private static BackendException permanent(Throwable e, String message) {
        return new BackendException(message, false, e);
    }

    private static IOException with(Throwable cause, IOException e) {
        e.initCause(cause);
        return e;
    }

    private static <T> T cause(Throwable e, Class<T> type) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }

    private static String message(Throwable e) {
        String message = e.getMessage();
        return message == null || message.isBlank()
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().get();
    }
}
