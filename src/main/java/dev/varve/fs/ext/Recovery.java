package dev.varve.fs.ext;

import dev.varve.device.BlockSource;
import dev.varve.model.UnsupportedVolumeException;
import java.io.IOException;

final class Recovery {
    private Recovery() {}

    static BlockSource recover(Layout layout) throws IOException {
        throw new UnsupportedVolumeException(layout.device.name(), "journal must be replayed");
    }
}
