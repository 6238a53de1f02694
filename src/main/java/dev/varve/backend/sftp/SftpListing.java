package dev.varve.backend.sftp;

import dev.varve.backend.ListingTasks;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.Retries;
import dev.varve.backend.StoredObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Lists objects, directory by directory, several at once; each is repeated by itself when it fails in a way that may pass. Memory:
 * the entries of {@link #THREADS} directories.
 */
final class SftpListing {
    private static final int THREADS = 8;

    private final SftpBackend backend;
    private final Retries retries;

    /** What one directory holds of those asked for. */
    private record Found(List<StoredObject> objects, List<String> directories) {}

    SftpListing(SftpBackend backend, Retries retries) {
        this.backend = backend;
        this.retries = retries;
    }

    void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        int slash = prefix.lastIndexOf('/');
        List<String> level = List.of(slash < 0 ? "" : prefix.substring(0, slash + 1));
        ExecutorService pool = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "varve-sftp-list");
            thread.setDaemon(true);
            return thread;
        });
        try {
            while (!level.isEmpty()) {
                List<String> below = new ArrayList<>();
                for (int from = 0; from < level.size(); from += THREADS) {
                    List<Callable<Found>> tasks = new ArrayList<>();
                    for (String directory : level.subList(from, Math.min(from + THREADS, level.size()))) {
                        tasks.add(() -> retries.call(repeated -> find(directory, prefix)));
                    }
                    for (Found found : ListingTasks.run(pool, tasks)) {
                        found.objects().forEach(visitor);
                        below.addAll(found.directories());
                    }
                }
                level = below;
            }
        } finally {
            pool.shutdownNow();
        }
    }

    /** @param directory ends with a slash, or is empty for the root */
    private Found find(String directory, String prefix) throws IOException {
        List<StoredObject> objects = new ArrayList<>();
        List<String> directories = new ArrayList<>();
        String path = directory.isEmpty()
                ? backend.root()
                : backend.path(ObjectNames.requireValid(directory.substring(0, directory.length() - 1)));
        SftpFiles files = backend.take();
        try {
            files.list(path, (entry, attributes) -> {
                String name = directory + entry;
                if (!ObjectNames.isValid(name) || !(name.startsWith(prefix) || prefix.startsWith(name + "/"))) {
                    return;
                }
                if (attributes.isDirectory()) {
                    directories.add(name + "/");
                } else if (attributes.isRegularFile()) {
                    objects.add(new StoredObject(name, attributes.sizeBytes()));
                }
            });
        } catch (SftpStatusException e) {
            // One that is not there, or not any more, or is no directory, has no objects.
            boolean gone = e.code() == SftpProtocol.NO_SUCH_FILE || !files.isDirectory(path);
            if (!gone || directory.isEmpty()) {
                throw SftpErrors.reading(backend.describe(path), e);
            }
            return new Found(List.of(), List.of());
        } catch (IOException e) {
            throw SftpErrors.reading(backend.describe(path), e);
        } finally {
            backend.give(files);
        }
        return new Found(objects, directories);
    }
}
