package dev.varve.backup;

import dev.varve.model.ByteString;
import java.nio.file.Path;

/**
 * One volume to back up.
 *
 * @param location where it is read
 * @param mountPoint absolute path at which the volume joins the snapshot's tree
 * @param raw keep it as an image, whatever is on it
 */
public record BackupSource(SourceLocation location, ByteString mountPoint, boolean raw) {
    public BackupSource {
        if (mountPoint.isEmpty() || mountPoint.at(0) != '/') {
            throw new IllegalArgumentException("mount point must start with /: " + mountPoint);
        }
    }

    /** @param path block device or image file */
    public BackupSource(Path path, ByteString mountPoint, boolean raw) {
        this(SourceLocation.device(path), mountPoint, raw);
    }
}
