package dev.varve.view;

import dev.varve.model.Timestamp;
import dev.varve.repository.ChunkSource;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.VolumeCache;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The dated namespace: the snapshots of a repository as a tree of {@link ViewNode}s by path. New snapshots appear, and forgotten
 * ones disappear, within {@link #REFRESH_SECONDS} seconds and a listing. Thread safe: readers work on an immutable {@link
 * Namespace} that the refresh replaces. Closing ends the refresh; the repository stays the caller's.
 */
public final class DatedView implements Closeable {
    /** Between two looks at the repository. */
    static final int REFRESH_SECONDS = 2;

    private final SnapshotList list;
    private final String requestedHost;
    private final NamespaceBuilder builder;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile String host;
    private volatile Namespace namespace;
    /** Object names of the snapshots in {@link #namespace}; guarded by this. */
    private List<String> shown;

    /** The last refresh's failure, so that it is reported once and not every two seconds; guarded by this. */
    private String lastProblem;

    /**
     * @param requestedHost or null: this machine, or the only one
     * @throws dev.varve.model.NotFoundException if no host can be chosen; the message names those there are
     */
    public DatedView(SnapshotList list, ChunkSource chunks, VolumeCache cache, String requestedHost)
            throws IOException {
        this.list = list;
        this.requestedHost = requestedHost;
        this.builder = new NamespaceBuilder(chunks, cache, owner());
        List<Manifest> manifests = list.current();
        this.host = HostChoice.choose(hosts(manifests), requestedHost, machineName());
        this.namespace = builder.build(manifests, host);
        this.shown = names(manifests);
    }

    /** The host at the top. */
    public String host() {
        return host;
    }

    /**
     * Looks for new snapshots from now on.
     *
     * @param problems told when a look fails (once until it works again, or fails differently); the view stays as it was
     */
    public void watch(Consumer<IOException> problems) {
        Thread refresher = new Thread(() -> follow(problems), "varve-refresh");
        refresher.setDaemon(true);
        refresher.start();
    }

    /** Has {@code listener} run after each change of what there is, on the thread that found it. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Looks for new snapshots now. */
    public void refresh() throws IOException {
        synchronized (this) {
            List<Manifest> manifests = list.current();
            List<String> names = names(manifests);
            if (names.equals(shown)) {
                return;
            }
            Set<String> hosts = hosts(manifests);
            if (requestedHost == null && !hosts.contains(host) && !hosts.isEmpty()) {
                host = hosts.contains(machineName()) || hosts.size() > 1
                        ? machineName()
                        : hosts.iterator().next();
            }
            namespace = builder.build(manifests, host);
            shown = names;
        }
        listeners.forEach(Runnable::run);
    }

    /** The node of an absolute path as the kernel gives it (no {@code .}, {@code ..} or doubled slashes), or null. */
    public ViewNode resolve(byte[] path, int length) throws IOException {
        return namespace.resolve(path, length);
    }

    /** For statfs. */
    public ViewSize size() {
        return namespace.newest();
    }

    @Override
    public void close() {
        closed.countDown();
    }

    /** Not ended by an interrupt, which would close a file that other readers share. */
    private void follow(Consumer<IOException> problems) {
        try {
            while (!closed.await(REFRESH_SECONDS, TimeUnit.SECONDS)) {
                refreshReporting(problems);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Catches everything: an exception would end the thread, and the mount would silently stop following the repository. */
    private void refreshReporting(Consumer<IOException> problems) {
        try {
            refresh();
            setProblem(null);
        } catch (IOException e) {
            report(e, problems);
        } catch (RuntimeException e) {
            report(new IOException("looking for new snapshots: " + e, e), problems);
        }
    }

    private void report(IOException problem, Consumer<IOException> problems) {
        if (setProblem(String.valueOf(problem.getMessage()))) {
            problems.accept(problem);
        }
    }

    /** @return whether it is a new one */
    private synchronized boolean setProblem(String problem) {
        boolean isNew = problem != null && !problem.equals(lastProblem);
        lastProblem = problem;
        return isNew;
    }

    private static Set<String> hosts(List<Manifest> manifests) {
        Set<String> hosts = new TreeSet<>();
        manifests.forEach(manifest -> hosts.add(manifest.host()));
        return hosts;
    }

    private static List<String> names(List<Manifest> manifests) {
        return manifests.stream().map(Manifest::objectName).sorted().toList();
    }

    private static String machineName() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    }

    private static SyntheticAttributes owner() throws IOException {
        Path self = Path.of("/proc/self");
        return new SyntheticAttributes(
                (Integer) Files.getAttribute(self, "unix:uid"),
                (Integer) Files.getAttribute(self, "unix:gid"),
                Timestamp.EPOCH);
    }
}
