package dev.varve.tiering;

import dev.varve.index.IndexView;
import dev.varve.model.RefusedException;
import dev.varve.repository.PackAccess;
import dev.varve.repository.Repository;
import dev.varve.repository.TierRecord;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Takes a cold tier out of a repository. What lies in the tier stays there. */
public final class TierRemoval {
    private final Repository repository;
    private final TierRecord tier;

    public TierRemoval(Repository repository, TierRecord tier) {
        this.repository = repository;
        this.tier = tier;
    }

    /**
     * @param force whether snapshots may lose what lies only there
     * @throws RefusedException naming a snapshot that would lose something
     */
    public void run(boolean force) throws IOException {
        if (!force) {
            requireUnneeded();
        }
        repository.tierChanges().remove(tier);
    }

    private void requireUnneeded() throws IOException {
        List<IndexView> others = new ArrayList<>();
        for (PackAccess access : repository.packsOfTiers()) {
            if (!access.tierId().equals(tier.id())) {
                access.catchUp();
                others.add(access.indexView());
            }
        }
        WholeSnapshots held = new WholeSnapshots(others, place -> true, repository.chunks());
        for (Manifest manifest : new SnapshotCatalog(repository.manifests()).snapshots()) {
            if (!held.isWhole(manifest)) {
                throw new RefusedException("snapshot " + manifest.name() + " of host " + manifest.host()
                        + " has data that lies only in tier " + tier.name()
                        + "; bring it back first with varve recall, or lose it with --force");
            }
        }
    }
}
