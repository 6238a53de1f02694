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

    /** @param tier a pack of metadata lies in several tiers under one name */
    private record Frame(String tier, PackId pack, int offset) {}

    /** @param tier its id */
    void add(String tier, ChunkLocation location) {
        frames.add(new Frame(tier, location.pack(), location.frameOffset()));
    }

    /** Whether nothing is known against the frame of this location. */
    boolean trusts(String tier, ChunkLocation location) {
        return frames.isEmpty() || !frames.contains(new Frame(tier, location.pack(), location.frameOffset()));
    }
}
