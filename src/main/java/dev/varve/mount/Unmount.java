package dev.varve.mount;

import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Takes a mount away: umount2(2) as root, fusermount as anyone else. */
public final class Unmount {
    private static final long GONE_SECONDS = 15;
    private static final long POLL_MILLIS = 20;

    private Unmount() {}

    /**
     * Unmounts, and returns when the mount is gone and its process has let go.
     *
     * @param mountPoint absolute
     * @throws NotFoundException if no varve is mounted there
     * @throws RefusedException if someone uses it
     */
    public static void unmount(Path mountPoint) throws IOException, InterruptedException {
        Path place = MountChecks.resolved(mountPoint);
        MountTable.Entry mounted = MountTable.read().on(place);
        if (mounted == null || !mounted.isVarve()) {
            throw new NotFoundException("no varve is mounted on " + mountPoint);
        }
        Optional<ProcessHandle> server = mounted.server();
        detach(place, false);
        if (server.isPresent()) {
            awaitEnd(server.get(), mountPoint);
        }
    }

    private static void awaitEnd(ProcessHandle server, Path mountPoint) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(GONE_SECONDS);
        while (server.isAlive()) {
            if (System.nanoTime() > end) {
                throw new BackendException(
                        mountPoint + " is unmounted, but its process " + server.pid() + " has not ended", false, null);
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** @param lazy take it out of the tree even while someone uses it */
    static void detach(Path mountPoint, boolean lazy) throws IOException, InterruptedException {
        Libc libc = new Libc();
        int errno = libc.unmount(mountPoint, lazy);
        if (errno == Libc.EPERM) {
            fusermount(mountPoint, lazy);
        } else if (errno == Libc.EBUSY) {
            throw busy(mountPoint);
        } else if (errno != 0) {
            throw new BackendException("cannot unmount " + mountPoint + ": errno " + errno, false, null);
        }
    }

    private static void fusermount(Path mountPoint, boolean lazy) throws IOException, InterruptedException {
        ProcessBuilder command = lazy
                ? new ProcessBuilder("fusermount", "-u", "-z", "--", mountPoint.toString())
                : new ProcessBuilder("fusermount", "-u", "--", mountPoint.toString());
        Process process = command.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1).strip();
        if (process.waitFor() != 0) {
            if (said.contains("busy")) {
                throw busy(mountPoint);
            }
            throw new BackendException("cannot unmount " + mountPoint + ": " + said, false, null);
        }
    }

    private static RefusedException busy(Path mountPoint) {
        return new RefusedException(mountPoint + " is in use: a shell stands in it or a program has a file open"
                + " (fuser -vm " + mountPoint + " shows which); leave it and try again");
    }
}
