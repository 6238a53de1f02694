package dev.varve.snapshot;

import dev.varve.model.ChunkId;
import dev.varve.repository.ChunkLane;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds a {@link Content} from its parts in order. Node boundaries follow from the ids around them, so a change in a large
 * file rewrites a few nodes. Memory: at most {@link SnapshotFormat#NODE_MAX} parts a level. Not thread safe.
 */
public final class ContentWriter {
    private final ChunkLane metadata;
    private final List<List<Part>> levels = new ArrayList<>();
    private long pendingHole;
    private long size;

    /** @param metadata takes the nodes; the caller closes it */
    public ContentWriter(ChunkLane metadata) {
        this.metadata = metadata;
        levels.add(new ArrayList<>());
    }

    /** @throws IllegalArgumentException if no chunk can have this length */
    public void addChunk(ChunkId id, long length) throws IOException {
        if (length < 1 || length > SnapshotFormat.MAX_CHUNK_BYTES) {
            throw new IllegalArgumentException("chunk of " + length + " bytes");
        }
        flushHole();
        add(0, new Part(length, id));
        size += length;
    }

    /** Neighbouring holes become one. */
    public void addHole(long length) {
        pendingHole += length;
        size += length;
    }

    public long size() {
        return size;
    }

    public Content finish() throws IOException {
        flushHole();
        int level = 0;
        while (level < levels.size() - 1 || levels.get(level).size() > Content.MAX_ROOT_PARTS) {
            if (!levels.get(level).isEmpty()) {
                writeNode(level);
            }
            level++;
        }
        return new Content(size, level, levels.get(level));
    }

    private void flushHole() throws IOException {
        if (pendingHole > 0) {
            long hole = pendingHole;
            pendingHole = 0;
            add(0, new Part(hole, null));
        }
    }

    private void add(int level, Part part) throws IOException {
        if (level == levels.size()) {
            levels.add(new ArrayList<>());
        }
        List<Part> parts = levels.get(level);
        parts.add(part);
        if (SnapshotFormat.cutsAfter(parts.size(), part.isHole() ? 1 : part.id().d())) {
            writeNode(level);
        }
    }

    private void writeNode(int level) throws IOException {
        List<Part> parts = levels.get(level);
        byte[] node = PartList.encodeNode(level, parts);
        long covered = 0;
        for (Part part : parts) {
            covered += part.length();
        }
        ChunkId id = metadata.put(node, 0, node.length);
        parts.clear();
        add(level + 1, new Part(covered, id));
    }
}
