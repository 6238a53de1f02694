package dev.varve.view;

import dev.varve.snapshot.Manifest;
import java.io.IOException;
import java.util.List;

/** What snapshots there are at this moment. */
@FunctionalInterface
public interface SnapshotList {
    /** All snapshots of all hosts, in any order; looks at the repository anew each time, so it must be cheap when nothing changed. */
    List<Manifest> current() throws IOException;
}
