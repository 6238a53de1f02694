package dev.varve.mount;

import com.kenai.jffi.MemoryIO;
import dev.varve.model.RefusedException;
import dev.varve.view.DatedView;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Mounts a view and serves it until someone unmounts it or asks this process to end (SIGTERM, SIGINT, SIGHUP), which unmounts it,
 * too, and is then success: the process exits with 0.
 */
public final class MountService {
    private static final long USERS_GRACE_MILLIS = 2_000;
    private static final long CLOSE_GRACE_SECONDS = 10;

    /** KiB the kernel reads ahead: eight requests at once instead of one keep all cores decoding. */
    private static final String READ_AHEAD_KIB = "1024";

    private MountService() {}

    /**
     * Begins to load what a mount needs on a thread of its own, while the caller derives keys and opens the index. Whatever goes
     * wrong there goes wrong again, and is told, where it is used.
     */
    public static void prepare() {
        Thread loader = new Thread(
                () -> {
                    try {
                        LibFuse.load();
                        new StatLayout(MemoryIO.getInstance());
                        new StatvfsLayout(MemoryIO.getInstance());
                    } catch (RefusedException | LinkageError early) {
                        Thread.currentThread().setName("varve-load (failed)");
                    }
                },
                "varve-load");
        loader.setDaemon(true);
        loader.start();
    }

    /**
     * Blocks until the mount has ended. {@link MountChecks#verify} comes before. The caller closes view and repository afterwards.
     *
     * @param ready told when the mount answers
     * @param errors takes one line for each failure
     * @param endProcess ends this process with exit code 0; called when a signal has ended the mount
     * @throws dev.varve.model.RefusedException when mounting failed
     */
    public static void serve(
            MountRequest request, DatedView view, ReadySignal ready, PrintStream errors, Runnable endProcess)
            throws IOException, InterruptedException {
        Path place = MountChecks.resolved(request.mountPoint());
        ErrorLog log = new ErrorLog(errors, System::nanoTime);
        FuseSession session = new FuseSession(LibFuse.load(), view, place, new MountOptions(request.allowOther()), log);
        CountDownLatch closed = new CountDownLatch(1);
        Thread onSignal = new Thread(() -> endOnSignal(session, place, closed, errors, endProcess), "varve-unmount");
        java.lang.Runtime.getRuntime().addShutdownHook(onSignal);
        try {
            session.start();
            session.awaitReady();
            readAheadMore(place, log);
            view.onChange(session::topChanged);
            view.watch(problem -> log.report("looking for new snapshots", problem));
            ready.ready();
            session.awaitEnd();
            session.close();
        } finally {
            closed.countDown();
            removeHook(onSignal);
        }
    }

    /**
     * The last act of a process that was asked to end. Open files keep a detached mount alive; its readers get errors when the
     * process is gone.
     */
    private static void endOnSignal(
            FuseSession session, Path place, CountDownLatch closed, PrintStream errors, Runnable endProcess) {
        try {
            if (!session.awaitEnd(0)) {
                Unmount.detach(place, true);
            }
            if (session.awaitEnd(USERS_GRACE_MILLIS) && !closed.await(CLOSE_GRACE_SECONDS, TimeUnit.SECONDS)) {
                errors.println("varve: the mount on " + place + " did not close in time");
            }
            endProcess.run();
        } catch (IOException e) {
            errors.println("varve: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Only root may; everyone else reads on with the kernel's 128 KiB and the view's own read-ahead. */
    private static void readAheadMore(Path place, ErrorLog log) throws IOException {
        MountTable.Entry mounted = MountTable.read().on(place);
        if (mounted == null) {
            return;
        }
        Path setting = Path.of("/sys/class/bdi", mounted.device(), "read_ahead_kb");
        if (Files.isWritable(setting)) {
            try {
                Files.writeString(setting, READ_AHEAD_KIB, StandardCharsets.US_ASCII);
            } catch (IOException e) {
                log.report("raising read-ahead", e);
            }
        }
    }

    /** Not while the JVM is ending: the hook is then what ends it. */
    private static void removeHook(Thread hook) {
        try {
            java.lang.Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException endingAlready) {
            hook.setName("varve-unmount (ending)");
        }
    }
}
