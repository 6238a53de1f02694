package dev.varve.backend.local;

import dev.varve.backend.Backend;
import dev.varve.backend.BackendContract;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class LocalBackendWithoutHardLinksTest extends BackendContract {
    @TempDir
    Path root;

    @Override
    protected Backend newBackend() throws IOException {
        return LocalBackend.open(root, false);
    }
}
