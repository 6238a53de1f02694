package dev.varve.snapshot;

import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import dev.varve.model.Timestamp;
import dev.varve.model.VarveException;
import dev.varve.repository.ManifestStore;
import java.io.IOException;
import java.time.ZoneId;
import java.util.List;

/**
 * Names and publishes snapshots. The name is claimed by the same atomic step that makes the snapshot visible, so two backups at
 * once cannot take one name.
 */
public final class SnapshotPublisher {
    /** Seconds that a snapshot whose time was not asked for may be moved on to find a free name. */
    private static final int MAX_BUMP = 3600;

    private final ManifestStore manifests;
    private final String tool;

    /** @param tool version of this program */
    public SnapshotPublisher(ManifestStore manifests, String tool) {
        this.manifests = manifests;
        this.tool = tool;
    }

    /**
     * Publishes under the date if it is free, else under date and time.
     *
     * @param explicitTime the user asked for this time: when the host has a snapshot of the same second, fail
     * @throws AlreadyExistsException if it is taken and explicit
     */
    public Manifest publish(String host, Timestamp time, ZoneId zone, List<VolumeRecord> volumes, boolean explicitTime)
            throws IOException {
        String date = SnapshotName.date(time, zone);
        Manifest first = attempt(host, date, time, zone, volumes);
        if (first != null) {
            return first;
        }
        if (explicitTime && isAt(host, date, time)) {
            throw taken(host, SnapshotName.dateTime(time, zone));
        }
        for (int bump = 0; bump <= (explicitTime ? 0 : MAX_BUMP); bump++) {
            Timestamp moved = new Timestamp(time.seconds() + bump, time.nanos());
            Manifest manifest = attempt(host, SnapshotName.dateTime(moved, zone), moved, zone, volumes);
            if (manifest != null) {
                return manifest;
            }
        }
        throw taken(host, SnapshotName.dateTime(time, zone));
    }

    /** Fails early, before any work, when an explicit time is taken. */
    public void requireFree(String host, Timestamp time, ZoneId zone) throws IOException {
        if (isAt(host, SnapshotName.date(time, zone), time) || isAt(host, SnapshotName.dateTime(time, zone), time)) {
            throw taken(host, SnapshotName.dateTime(time, zone));
        }
        if (manifests.isForgotten(manifests.objectName(host, SnapshotName.dateTime(time, zone)))) {
            throw new AlreadyExistsException("host " + host + " had a snapshot of " + SnapshotName.dateTime(time, zone)
                    + ", which was forgotten; names are not used again: give another time with --at");
        }
    }

    private Manifest attempt(String host, String name, Timestamp time, ZoneId zone, List<VolumeRecord> volumes)
            throws IOException {
        String objectName = manifests.objectName(host, name);
        Manifest manifest = new Manifest(objectName, host, name, time, zone.getId(), tool, volumes);
        try {
            manifests.publish(objectName, ManifestFormat.encode(manifest));
            return manifest;
        } catch (AlreadyExistsException e) {
            return null;
        }
    }

    private boolean isAt(String host, String name, Timestamp time) throws IOException {
        String objectName = manifests.objectName(host, name);
        try {
            return ManifestFormat.decode(objectName, manifests.read(objectName))
                            .time()
                            .seconds()
                    == time.seconds();
        } catch (BackendException e) {
            throw e;
        } catch (VarveException e) { // there is none, or it is damaged: then it counts as one of another time
            return false;
        }
    }

    private static AlreadyExistsException taken(String host, String name) {
        return new AlreadyExistsException(
                "host " + host + " already has a snapshot of " + name + "; give another time with --at");
    }
}
