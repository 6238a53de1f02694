package dev.varve.backend.s3;

import dev.varve.backend.Availability;
import java.io.IOException;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.StorageClass;
import software.amazon.awssdk.services.s3.model.Tier;

/**
 * Objects in storage classes that can't be read at once: GLACIER (Flexible Retrieval), DEEP_ARCHIVE, and the archive tiers of
 * INTELLIGENT_TIERING. GLACIER_IR can. Each is told by the answer to a HEAD: {@code x-amz-storage-class},
 * {@code x-amz-archive-status} and {@code x-amz-restore}. Thread safe.
 */
final class S3Archive {
    private static final String ONGOING = "ongoing-request=\"true\"";

    private final S3Objects objects;
    private final S3Location location;

    S3Archive(S3Objects objects, S3Location location) {
        this.objects = objects;
        this.location = location;
    }

    Availability availability(String name) throws IOException {
        HeadObjectResponse head = objects.head(name);
        if (!isArchived(head)) {
            return Availability.READY;
        }
        if (head.restore() == null) {
            return Availability.ARCHIVED;
        }
        return isComing(head) ? Availability.COMING : Availability.READY;
    }

    /** What is back already is prolonged. Objects of INTELLIGENT_TIERING come back for good, so there no days may be given. */
    void recall(String name, int days) throws IOException {
        if (days < 1) {
            throw new IllegalArgumentException("at least one day, not " + days);
        }
        HeadObjectResponse head = objects.head(name);
        if (isArchived(head) && !isComing(head)) {
            boolean forGood = head.storageClass() == StorageClass.INTELLIGENT_TIERING;
            objects.restore(name, forGood ? null : days, tier());
        }
    }

    private Tier tier() {
        if (location.restoreTier() == null) {
            return null;
        }
        return switch (location.restoreTier()) {
            case "bulk" -> Tier.BULK;
            case "expedited" -> Tier.EXPEDITED;
            default -> Tier.STANDARD;
        };
    }

    private static boolean isComing(HeadObjectResponse head) {
        return head.restore() != null && head.restore().contains(ONGOING);
    }

    private static boolean isArchived(HeadObjectResponse head) {
        return head.storageClass() == StorageClass.GLACIER
                || head.storageClass() == StorageClass.DEEP_ARCHIVE
                || head.archiveStatus() != null;
    }
}
