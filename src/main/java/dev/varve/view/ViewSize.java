package dev.varve.view;

import dev.varve.model.Timestamp;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.VolumeRecord;

/**
 * What statfs tells: the newest snapshot's volumes.
 *
 * @param files inodes in their trees
 */
public record ViewSize(long bytes, long files) {
    static final ViewSize NOTHING = new ViewSize(0, 0);

    static ViewSize of(Manifest manifest) {
        long bytes = 0;
        long files = 0;
        for (VolumeRecord volume : manifest.volumes()) {
            bytes += volume.info().deviceBytes();
            files += volume.statistics().inodes();
        }
        return new ViewSize(bytes, files);
    }

    /** The order of snapshots: by time, then by name. */
    static boolean isNewer(Manifest a, Manifest b) {
        Timestamp time = a.time();
        int order = time.compareTo(b.time());
        return order > 0 || (order == 0 && a.name().compareTo(b.name()) > 0);
    }
}
