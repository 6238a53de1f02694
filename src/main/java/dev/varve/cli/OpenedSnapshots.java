package dev.varve.cli;

import dev.varve.model.VarveException;
import dev.varve.repository.Repository;
import dev.varve.restore.SnapshotTree;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** An open repository with the list of its snapshots; says on standard error which manifests are damaged. */
final class OpenedSnapshots implements Closeable {
    private static final long CACHE_BYTES = 32L << 20;

    private final Repository repository;
    private final SnapshotCatalog catalog;
    private final VolumeCache cache = VolumeCache.ofBytes(CACHE_BYTES);

    private OpenedSnapshots(Repository repository, SnapshotCatalog catalog) {
        this.repository = repository;
        this.catalog = catalog;
    }

    static OpenedSnapshots open(RepositoryOption option, CliContext context) throws IOException {
        Repository repository = option.open(context);
        try {
            SnapshotCatalog catalog = new SnapshotCatalog(repository.manifests());
            for (VarveException problem : catalog.problems()) {
                context.terminal().error(problem.getMessage());
            }
            return new OpenedSnapshots(repository, catalog);
        } catch (IOException | RuntimeException e) {
            repository.close();
            throw e;
        }
    }

    Repository repository() {
        return repository;
    }

    SnapshotCatalog catalog() {
        return catalog;
    }

    /** 0, or 3 when a manifest could not be read. */
    int exitCode() {
        return catalog.problems().isEmpty() ? ErrorReport.DONE : ErrorReport.INCOMPLETE;
    }

    Manifest find(HostOption host, String name) throws IOException {
        return catalog.find(host.choose(catalog), name);
    }

    List<StoredVolume> volumes(Manifest manifest) {
        return manifest.volumes().stream()
                .map(volume -> new StoredVolume(repository.chunks(), volume, cache))
                .toList();
    }

    /** The files of a snapshot. */
    SnapshotTree tree(Manifest manifest) {
        return new SnapshotTree(volumes(manifest));
    }

    @Override
    public void close() throws IOException {
        repository.close();
    }
}
