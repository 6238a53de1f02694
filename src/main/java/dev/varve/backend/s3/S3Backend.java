package dev.varve.backend.s3;

import dev.varve.backend.Availability;
import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.Patience;
import dev.varve.backend.Retries;
import dev.varve.backend.StoredObject;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Objects in a bucket of any S3 server. A name is taken once: it is looked for first, and an object of up to {@link Spool#MEMORY_BYTES} is
 * then put with {@code If-None-Match: *}, so that exactly one of several racing writers wins. No server promises that for larger objects,
 * which are sent in parts: two writers that race for one name might both succeed there, and the later one's content stays; the names
 * of packs come from their content, so it is the same. Neither do some servers (Ceph 16) for buckets with versions; the
 * version that was first is kept there. Failures of network and server may be repeated. Thread safe. Memory: {@link #THREADS} parts, and a
 * {@link Spool} for each object in the making.
 */
public final class S3Backend implements Backend {
    private static final int THREADS = 6;
    private static final int LISTING_THREADS = S3Listing.TOGETHER;

    /** Ten milliseconds and more for each, whatever the number of processors; {@link S3Clients} has connections for all. */
    private static final int PARALLEL_READS = 48;

    private static final Duration ABANDONED_AFTER = Duration.ofDays(1);

    private final S3Location location;
    private final S3Objects objects;
    private final ExecutorService senders = pool(THREADS, "varve-s3-send");
    private final ExecutorService listers = pool(LISTING_THREADS, "varve-s3-list");
    private final S3Archive archive;
    private final PartUpload parts;
    private final S3Listing listing;
    private boolean swept;

    private S3Backend(S3Location location, Patience patience, Retries retries, Clock clock) throws IOException {
        this.location = location;
        this.objects = new S3Objects(S3Clients.open(location, patience), location, clock);
        this.archive = new S3Archive(objects, location);
        this.parts = new PartUpload(objects, senders, retries);
        this.listing = new S3Listing(objects, location, listers, retries);
    }

    private static ExecutorService pool(int threads, String name) {
        return Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Asks the server nothing yet. */
    public static S3Backend open(S3Location location, Patience patience) throws IOException {
        return new S3Backend(location, patience, patience.retries(), Clock.systemUTC());
    }

    /** @param retries for parts of large objects and pages of listings */
    static S3Backend open(S3Location location, Retries retries) throws IOException {
        return open(location, retries, Clock.systemUTC());
    }

    static S3Backend open(S3Location location, Retries retries, Clock clock) throws IOException {
        return new S3Backend(location, Patience.PATIENT, retries, clock);
    }

    /**
     * The same, for a new repository: sees to it that the server takes no name twice.
     *
     * @throws RefusedException if it does
     */
    public static S3Backend create(S3Location location, Retries retries) throws IOException {
        S3Backend backend = open(location, retries);
        try {
            backend.requireConditionalPut();
            return backend;
        } catch (IOException | RuntimeException e) {
            backend.close();
            throw e;
        }
    }

    private void requireConditionalPut() throws IOException {
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        String probe = "probe-" + HexFormat.of().formatHex(random);
        objects.putIfAbsent(probe, ByteBuffer.wrap(random), null);
        boolean refused = false;
        try {
            objects.putIfAbsent(probe, ByteBuffer.allocate(1), null);
        } catch (AlreadyExistsException e) {
            refused = true;
        } finally {
            objects.delete(probe);
        }
        if (!refused && !objects.isVersioned()) {
            throw new RefusedException(
                    describe() + ": this S3 server stores over what is there (it ignores If-None-Match),"
                            + " so backups of two machines could be lost; use one that does not, such as Ceph 16 or newer");
        }
    }

    @Override
    public String describe() {
        return location.describe();
    }

    @Override
    public void put(String name, ByteBuffer content) throws IOException {
        ObjectNames.requireValid(name);
        try (ObjectWriter writer = new S3ObjectWriter(this, null)) {
            writer.write(content);
            writer.commit(name);
        }
    }

    @Override
    public ObjectWriter create(PackKind kind) {
        return new S3ObjectWriter(this, kind == PackKind.DATA ? location.storageClass() : null);
    }

    /** @param storageClass null for the server's default */
    void store(String name, Spool content, String storageClass) throws IOException {
        if (objects.sizeOrAbsent(name) >= 0) {
            throw new AlreadyExistsException(describe() + "/" + name + " exists already");
        }
        if (content.length() <= Spool.MEMORY_BYTES) {
            objects.putIfAbsent(name, content.read(0, (int) content.length()), storageClass);
        } else {
            sweepOnce();
            parts.store(name, content, storageClass);
        }
    }

    /** What a killed process left; as far as that is allowed. */
    private void sweepOnce() throws IOException {
        synchronized (this) {
            if (swept) {
                return;
            }
            swept = true;
        }
        try {
            objects.abortUploadsOlderThan(ABANDONED_AFTER);
        } catch (BackendException | NotFoundException e) {
            // A machine that may only add must not; another one will.
            return;
        }
    }

    @Override
    public int read(String name, long offset, ByteBuffer target) throws IOException {
        ObjectNames.requireValid(name);
        if (!target.hasRemaining()) {
            size(name);
            return 0;
        }
        return objects.read(name, offset, target);
    }

    @Override
    public long size(String name) throws IOException {
        long size = objects.sizeOrAbsent(ObjectNames.requireValid(name));
        if (size < 0) {
            throw new NotFoundException(describe() + "/" + name + ": there is no such object");
        }
        return size;
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> visitor) throws IOException {
        listing.list(prefix, visitor);
    }

    @Override
    public Availability availability(String name) throws IOException {
        return archive.availability(ObjectNames.requireValid(name));
    }

    @Override
    public void recall(String name, int days) throws IOException {
        archive.recall(ObjectNames.requireValid(name), days);
    }

    @Override
    public int parallelReads() {
        return PARALLEL_READS;
    }

    @Override
    public void delete(String name) throws IOException {
        objects.delete(ObjectNames.requireValid(name));
    }

    @Override
    public void close() {
        senders.shutdownNow();
        listers.shutdownNow();
        objects.close();
    }
}
