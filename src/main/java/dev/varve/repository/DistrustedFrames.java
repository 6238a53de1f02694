package dev.varve.repository;

import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Frames that could not be read since the repository was opened. A writer must not count on what the index says lies in them:
 * a new snapshot that referred to a dead frame would be born damaged. Thread safe. Memory: 100 bytes a damaged frame.
 */
final class DistrustedFrames {
    private final Set<Frame> frames = ConcurrentHashMap.newKeySet();

    private record Frame(PackId pack, int offset) {}

    void add(ChunkLocation location) {
        frames.add(new Frame(location.pack(), location.frameOffset()));
    }

    /** Whether nothing is known against the frame of this location. */
    boolean trusts(ChunkLocation location) {
        return frames.isEmpty() || !frames.contains(new Frame(location.pack(), location.frameOffset()));
    }
}
