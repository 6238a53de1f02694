package dev.varve.retention;

import dev.varve.model.CorruptException;
import dev.varve.model.RefusedException;
import dev.varve.repository.Repository;
import dev.varve.repository.SnapshotLabels;
import dev.varve.snapshot.Manifest;
import java.io.IOException;

/**
 * Removes snapshots, one by one, each durably. A hold is looked for again just before, since it may have been put on after the
 * plan was made. Killed at any point it has removed some and not the others. What they held is freed by a prune.
 */
public final class Forgetting {
    private final Repository repository;

    public Forgetting(Repository repository) {
        this.repository = repository;
    }

    /**
     * Removes a snapshot and its labels. Its name is not used again.
     *
     * @throws RefusedException if it is held
     */
    public void forget(Manifest manifest) throws IOException {
        String snapshot = manifest.objectName();
        SnapshotLabels labels = repository.labels();
        if (isHeld(labels, snapshot)) {
            throw new RefusedException("snapshot " + manifest.name() + " of host " + manifest.host()
                    + " is held; release it first: varve tag remove --release --host " + manifest.host() + " "
                    + manifest.name());
        }
        repository.reserve().releaseIfShort();
        repository.manifests().forget(snapshot);
        labels.removeAll(snapshot);
    }

    /** A damaged label may have been a hold. */
    private static boolean isHeld(SnapshotLabels labels, String snapshot) throws IOException {
        try {
            return labels.of(snapshot).held();
        } catch (CorruptException e) {
            return true;
        }
    }
}
