package dev.varve.backup;

import dev.varve.device.BlockSource;
import dev.varve.device.lvm.LogicalVolumeAddress;
import dev.varve.device.lvm.LogicalVolumeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A logical volume on physical volumes, read without device-mapper. It is named as if it were active: {@code vg0-root}. */
final class LogicalVolumeLocation extends SourceLocation {
    private final LogicalVolumeAddress address;

    LogicalVolumeLocation(LogicalVolumeAddress address) {
        this.address = address;
    }

    @Override
    String text() {
        return address.text();
    }

    @Override
    Path namedAfter() {
        return Path.of("/dev", address.group(), address.volume());
    }

    @Override
    BlockSource open(SourceChecks checks, Path repository, Consumer<String> warnings) throws IOException {
        LogicalVolumeSource source = LogicalVolumeSource.open(address);
        try {
            for (Path device : address.devices()) {
                if (repository != null) {
                    checks.requireNotRepository(device, repository);
                }
                checks.requireNotActive(device, address, source.deviceMapperIds());
            }
            source.warnings().forEach(warnings);
            return source;
        } catch (IOException | RuntimeException e) {
            source.close();
            throw e;
        }
    }
}
