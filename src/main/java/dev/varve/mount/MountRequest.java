package dev.varve.mount;

import java.nio.file.Path;

/**
 * What to mount, and where.
 *
 * @param mountPoint absolute
 * @param repository its directory, absolute; the mount point must not be in it or above it
 * @param allowOther other users may look into the mount, as far as the modes of the files let them
 */
public record MountRequest(Path mountPoint, Path repository, boolean allowOther) {
    public MountRequest {
        if (!mountPoint.isAbsolute() || !repository.isAbsolute()) {
            throw new IllegalArgumentException("paths of a mount must be absolute: " + mountPoint + ", " + repository);
        }
    }
}
