package dev.varve.snapshot;

import dev.varve.model.Timestamp;
import java.util.List;

/**
 * The record of one snapshot (docs/format.md, "Manifest"); publishing it is the commit.
 *
 * @param objectName under which the repository keeps it
 * @param host whose backup it is
 * @param name {@code 2024-05-01}, or {@code 2024-05-01T14-00-00} for later ones of a day; fixed for ever, unique for the host
 * @param time the moment of the snapshot
 * @param zone the host's time zone at that moment (IANA id or offset), in which the name is
 * @param tool version that wrote it
 */
public record Manifest(
        String objectName,
        String host,
        String name,
        Timestamp time,
        String zone,
        String tool,
        List<VolumeRecord> volumes) {
    public Manifest {
        volumes = List.copyOf(volumes);
    }
}
