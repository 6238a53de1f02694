package dev.varve.backend.s3;

import dev.varve.backend.Patience;
import dev.varve.model.BackendException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * Makes clients: keys, region, endpoint and profile from the location, else from AWS's environment variables and files. Other
 * servers know neither the newer checksums nor payloads in signed chunks, so requests have neither.
 */
final class S3Clients {
    private static final int CONNECTIONS = 96;
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofSeconds(60);

    /** Tries of the client itself, which mends a wrong clock between two; patience is in {@link dev.varve.backend.Retries}. */
    private static final int ATTEMPTS = 3;

    private S3Clients() {}

    static S3Client open(S3Location location) throws BackendException {
        return open(location, Patience.PATIENT);
    }

    static S3Client open(S3Location location, Patience patience) throws BackendException {
        String profile = location.profile() != null
                ? location.profile()
                : ProfileFileSystemSetting.AWS_PROFILE.getStringValue().orElse("default");
        try {
            URI endpoint = location.endpoint() != null ? location.endpoint() : configuredEndpoint(profile);
            boolean pathStyle = location.pathStyle() != null ? location.pathStyle() : endpoint != null;
            S3ClientBuilder builder = S3Client.builder()
                    .credentialsProvider(DefaultCredentialsProvider.builder()
                            .profileName(profile)
                            .build())
                    .region(region(location, profile))
                    .forcePathStyle(pathStyle)
                    .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                    .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                    .serviceConfiguration(configuration -> configuration.chunkedEncodingEnabled(false))
                    .overrideConfiguration(configuration -> configuration.retryStrategy(retries(patience)))
                    .httpClientBuilder(Apache5HttpClient.builder()
                            .maxConnections(CONNECTIONS)
                            .connectionTimeout(patience.connect(CONNECT))
                            .connectionAcquisitionTimeout(patience.answer(SILENCE))
                            .socketTimeout(patience.answer(SILENCE)));
            if (endpoint != null) {
                builder.endpointOverride(endpoint);
            }
            return builder.build();
        } catch (SdkClientException | IllegalArgumentException e) {
            throw new BackendException(
                    location.describe() + ": the AWS settings can't be used: " + e.getMessage(), false, e);
        }
    }

    /** Where somebody waits the client repeats only what it can mend: a wrong clock. */
    private static RetryStrategy retries(Patience patience) {
        if (patience == Patience.PATIENT) {
            return AwsRetryStrategy.standardRetryStrategy().toBuilder()
                    .maxAttempts(ATTEMPTS)
                    .build();
        }
        return DefaultRetryStrategy.standardStrategyBuilder()
                .maxAttempts(2)
                .retryOnException(e -> e instanceof AwsServiceException answer && answer.isClockSkewException())
                .build();
    }

    /** Nothing else is asked for a region: away from Amazon's machines nobody would answer. */
    private static Region region(S3Location location, String profile) {
        if (location.region() != null) {
            return Region.of(location.region());
        }
        try {
            return DefaultAwsRegionProviderChain.builder()
                    .profileName(profile)
                    .build()
                    .getRegion();
        } catch (SdkClientException e) {
            // None is set: other servers take any, and AWS says which it is.
            return Region.US_EAST_1;
        }
    }

    private static URI configuredEndpoint(String profile) {
        for (String variable : new String[] {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}) {
            String value = System.getenv(variable);
            if (value != null && !value.isEmpty()) {
                return URI.create(value);
            }
        }
        Optional<String> inFile =
                ProfileFile.defaultProfileFile().profile(profile).flatMap(section -> section.property("endpoint_url"));
        return inFile.map(URI::create).orElse(null);
    }
}
