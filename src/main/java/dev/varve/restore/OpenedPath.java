package dev.varve.restore;

import dev.varve.model.ByteString;
import dev.varve.posix.Descriptor;
import dev.varve.posix.Posix;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** A directory of the target, reached anew from the top without following symbolic links. Not thread safe. */
final class OpenedPath implements Closeable {
    private final Descriptor descriptor;
    private final boolean borrowed;

    private OpenedPath(Descriptor descriptor, boolean borrowed) {
        this.descriptor = descriptor;
        this.borrowed = borrowed;
    }

    /** @param names from the top down; none means the top itself, which stays open when this is closed */
    static OpenedPath open(TargetDirectory top, List<ByteString> names) throws IOException {
        OpenedPath path = new OpenedPath(top.descriptor(), true);
        for (ByteString name : names) {
            try (OpenedPath above = path) {
                path = new OpenedPath(Posix.openDirectory(above.descriptor, name), false);
            }
        }
        return path;
    }

    Descriptor descriptor() {
        return descriptor;
    }

    @Override
    public void close() throws IOException {
        if (!borrowed) {
            descriptor.close();
        }
    }
}
