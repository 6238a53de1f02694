package dev.varve.backup;

import dev.varve.device.BlockSource;
import dev.varve.device.FileBlockSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A block device or an image file. */
final class DeviceLocation extends SourceLocation {
    private final Path path;

    DeviceLocation(Path path) {
        this.path = path;
    }

    @Override
    String text() {
        return path.toString();
    }

    @Override
    Path namedAfter() {
        return path;
    }

    @Override
    BlockSource open(SourceChecks checks, Path repository, Consumer<String> warnings) throws IOException {
        BlockSource source = FileBlockSource.open(path);
        try {
            if (repository != null) {
                checks.requireNotRepository(path, repository);
            }
            String warning = checks.liveWarning(path);
            if (warning != null) {
                warnings.accept(warning);
            }
            return source;
        } catch (IOException | RuntimeException e) {
            source.close();
            throw e;
        }
    }
}
