package dev.varve.mount;

import com.kenai.jffi.MemoryIO;
import dev.varve.model.RefusedException;
import dev.varve.view.DatedView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A mounted view. Its requests are answered by a fixed set of Java threads that call into libfuse's loop: libfuse's own pool makes
 * and drops threads, which the JVM would have to attach each time. Thread safe. {@link #close} must be called after the
 * file system is unmounted, by whomever.
 */
final class FuseSession {
    /** More than cores: some wait for the disk. */
    private static final int MIN_THREADS = 6;

    private static final int MAX_THREADS = 32;

    private static final String LATEST = "latest";

    private final LibFuse fuse;
    private final MemoryIO memory = MemoryIO.getInstance();
    private final FuseOperationTable operations;
    private final long mountPointName;
    private final long latest;
    private final long channel;
    private final long session;
    private final CountDownLatch ended;
    private final CountDownLatch ready = new CountDownLatch(1);

    /**
     * Mounts; the kernel's first request is answered once {@link #start} has been called.
     *
     * @throws RefusedException when mounting failed; libfuse or fusermount has written why to stderr
     */
    FuseSession(LibFuse fuse, DatedView view, Path mountPoint, MountOptions options, ErrorLog log)
            throws RefusedException {
        this.fuse = fuse;
        ReadOnlyAdapter adapter = new ReadOnlyAdapter(view, memory, log, options.allowOther() ? fuse::caller : null);
        this.operations = new FuseOperationTable(memory, fuse, adapter, ready::countDown);
        this.mountPointName = LibFuse.string(memory, NativeNames.bytes(mountPoint));
        this.latest = LibFuse.string(memory, LATEST.getBytes(StandardCharsets.US_ASCII));
        long arguments = arguments(List.of("varve", "-o", options.text()));
        this.channel = fuse.mount(mountPointName, arguments);
        if (channel == 0) {
            throw new RefusedException("cannot mount on " + mountPoint + "; the line above says why");
        }
        this.session = fuse.open(channel, arguments, operations.address(), FuseOperationTable.SIZE_BYTES);
        if (session == 0) {
            fuse.unmount(mountPointName, channel);
            throw new RefusedException("libfuse refused the options " + options.text());
        }
        int cores = java.lang.Runtime.getRuntime().availableProcessors();
        this.ended = new CountDownLatch(Math.min(MAX_THREADS, Math.max(MIN_THREADS, 2 * cores)));
    }

    /** Begins to answer. */
    void start() {
        for (long i = ended.getCount(); i > 0; i--) {
            Thread thread = new Thread(this::loop, "varve-fuse-" + i);
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Waits until the kernel has begun to talk to the file system, or it has ended before. */
    void awaitReady() throws InterruptedException {
        boolean isReady = false;
        while (!isReady && ended.getCount() > 0) {
            isReady = ready.await(10, TimeUnit.MILLISECONDS);
        }
    }

    /** Waits until the file system is unmounted and nobody uses it any more. */
    void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** @return whether it has ended */
    boolean awaitEnd(long millis) throws InterruptedException {
        return ended.await(millis, TimeUnit.MILLISECONDS);
    }

    /**
     * Has the kernel ask again about {@code latest} and the attributes of the top. Directories are left alone: to take one back
     * would make it look deleted to a shell that stands in it. Their listings are never kept, so all they can show late is their
     * own time and link count.
     */
    void topChanged() {
        fuse.forgetTopEntry(channel, latest, LATEST.length());
    }

    /** Frees what libfuse holds; only after {@link #awaitEnd}. */
    void close() {
        fuse.unmount(mountPointName, channel);
        fuse.destroy(session);
    }

    private void loop() {
        try {
            fuse.loop(session);
        } finally {
            ended.countDown();
        }
    }

    /** struct fuse_args {int argc; char **argv; int allocated;}. */
    private long arguments(List<String> words) {
        long vector = memory.allocateMemory((words.size() + 1L) * Long.BYTES, true);
        for (int i = 0; i < words.size(); i++) {
            byte[] word = words.get(i).getBytes(StandardCharsets.US_ASCII);
            memory.putLong(vector + (long) i * Long.BYTES, LibFuse.string(memory, word));
        }
        long arguments = memory.allocateMemory(3L * Long.BYTES, true);
        memory.putInt(arguments, words.size());
        memory.putLong(arguments + Long.BYTES, vector);
        return arguments;
    }
}
