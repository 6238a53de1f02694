package dev.varve.backend.s3;

import dev.varve.backend.Retries;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Stores a large object in parts, several at once, each repeated by itself when it fails in a way that may pass. What fails for good
 * is aborted. Memory: a part for each thread of the pool.
 */
final class PartUpload {
    static final int PART_BYTES = 8 << 20;

    private final S3Objects objects;
    private final ExecutorService pool;
    private final Retries retries;

    PartUpload(S3Objects objects, ExecutorService pool, Retries retries) {
        this.objects = objects;
        this.pool = pool;
        this.retries = retries;
    }

    /** @param storageClass null for the server's default */
    void store(String name, Spool content, String storageClass) throws IOException {
        String upload = objects.beginUpload(name, storageClass);
        List<Future<CompletedPart>> sending = new ArrayList<>();
        try {
            int number = 1;
            for (long offset = 0; offset < content.length(); offset += PART_BYTES) {
                long from = offset;
                int length = (int) Math.min(PART_BYTES, content.length() - offset);
                int part = number++;
                sending.add(pool.submit(() ->
                        retries.call(repeated -> objects.uploadPart(name, upload, part, content.read(from, length)))));
            }
            List<CompletedPart> parts = new ArrayList<>();
            for (Future<CompletedPart> part : sending) {
                parts.add(take(part));
            }
            objects.completeUpload(name, upload, parts);
            retries.call(repeated -> {
                objects.retain(name);
                return null;
            });
        } catch (IOException | RuntimeException e) {
            abort(name, upload, sending, e);
            throw e;
        }
    }

    private static CompletedPart take(Future<CompletedPart> part) throws IOException {
        try {
            return part.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while a pack was sent");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    private void abort(String name, String upload, List<Future<CompletedPart>> sending, Exception failure) {
        sending.forEach(part -> part.cancel(false));
        try {
            objects.abortUpload(name, upload);
        } catch (IOException e) {
            failure.addSuppressed(e); // an upload that is left is aborted when a day old
        }
    }
}
