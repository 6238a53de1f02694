package dev.varve.backend.s3;

import dev.varve.backend.ListingTasks;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.Retries;
import dev.varve.backend.StoredObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Lists objects page by page; each page is repeated by itself when it fails in a way that may pass. What is more than a page is
 * listed directory by directory, many at once: the pages of one listing must come one after another. Memory: the objects of
 * {@link #TOGETHER} directories.
 */
final class S3Listing {
    static final int TOGETHER = 32;

    private final S3Objects objects;
    private final S3Location location;
    private final ExecutorService pool;
    private final Retries retries;

    S3Listing(S3Objects objects, S3Location location, ExecutorService pool, Retries retries) {
        this.objects = objects;
        this.location = location;
        this.pool = pool;
        this.retries = retries;
    }

    void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        ListObjectsV2Response first = page(prefix, null, null);
        if (!Boolean.TRUE.equals(first.isTruncated())) {
            stored(first).forEach(visitor);
            return;
        }
        List<String> directories = new ArrayList<>();
        String token = null;
        do {
            ListObjectsV2Response level = page(prefix, "/", token);
            stored(level).forEach(visitor);
            for (CommonPrefix directory : level.commonPrefixes()) {
                directories.add(name(directory.prefix()));
            }
            token = level.nextContinuationToken();
        } while (token != null);
        for (int from = 0; from < directories.size(); from += TOGETHER) {
            List<Callable<List<StoredObject>>> tasks = new ArrayList<>();
            for (String directory : directories.subList(from, Math.min(from + TOGETHER, directories.size()))) {
                tasks.add(() -> below(directory));
            }
            for (List<StoredObject> found : ListingTasks.run(pool, tasks)) {
                found.forEach(visitor);
            }
        }
    }

    private List<StoredObject> below(String directory) throws IOException {
        List<StoredObject> found = new ArrayList<>();
        String token = null;
        do {
            ListObjectsV2Response page = page(directory, null, token);
            found.addAll(stored(page));
            token = page.nextContinuationToken();
        } while (token != null);
        return found;
    }

    private ListObjectsV2Response page(String prefix, String delimiter, String token) throws IOException {
        return retries.call(repeated -> objects.page(prefix, delimiter, token));
    }

    private List<StoredObject> stored(ListObjectsV2Response page) {
        List<StoredObject> stored = new ArrayList<>();
        for (S3Object object : page.contents()) {
            String name = name(object.key());
            if (ObjectNames.isValid(name)) {
                stored.add(new StoredObject(name, object.size()));
            }
        }
        return stored;
    }

    private String name(String key) {
        return key.substring(location.prefix().length());
    }
}
