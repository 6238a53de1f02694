package dev.varve.backup;

import dev.varve.device.BlockSource;
import dev.varve.device.lvm.LogicalVolumeAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Where a volume is read: a block device or image file, or a logical volume on physical volumes. */
public abstract sealed class SourceLocation permits DeviceLocation, LogicalVolumeLocation {
    SourceLocation() {}

    /** A block device or an image file. */
    public static SourceLocation device(Path path) {
        return new DeviceLocation(path);
    }

    /** A logical volume that is read without device-mapper. */
    public static SourceLocation logicalVolume(LogicalVolumeAddress address) {
        return new LogicalVolumeLocation(address);
    }

    /** As the user named it. */
    abstract String text();

    /** What the volume is named after. */
    abstract Path namedAfter();

    /**
     * Opens it for reading and refuses what must not be backed up.
     *
     * @param repository directory of the repository, or null if it is not a local one
     * @param warnings takes lines to show
     */
    abstract BlockSource open(SourceChecks checks, Path repository, Consumer<String> warnings) throws IOException;
}
