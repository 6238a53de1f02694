package dev.varve.backup;

import dev.varve.fs.VolumeInfo;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.VolumeRecord;
import java.util.List;

/** Finds the last snapshot of a volume, by the file system's identity: the path it is read from changes with every LVM snapshot. */
record PreviousSnapshot(Manifest manifest, VolumeRecord volume) {
    /**
     * The host's last snapshot that has the volume, or null.
     *
     * @param snapshots by ascending time
     * @param name preferred when one snapshot has the file system twice
     */
    static PreviousSnapshot of(List<Manifest> snapshots, String host, VolumeInfo now, String name) {
        for (int i = snapshots.size() - 1; i >= 0; i--) {
            VolumeRecord found = null;
            Manifest snapshot = snapshots.get(i);
            if (snapshot.host().equals(host)) {
                for (VolumeRecord volume : snapshot.volumes()) {
                    boolean same = !volume.isRaw() && UnchangedRule.sameLineage(volume.info(), now);
                    if (same && (found == null || volume.name().equals(name))) {
                        found = volume;
                    }
                }
            }
            if (found != null) {
                return new PreviousSnapshot(snapshot, found);
            }
        }
        return null;
    }
}
