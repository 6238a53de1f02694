package dev.varve.tiering;

import dev.varve.model.BackendException;
import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.model.VarveException;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.PackAccess;
import dev.varve.repository.Repository;
import dev.varve.repository.WriteSession;
import dev.varve.restore.SnapshotPath;
import dev.varve.restore.SnapshotTree;
import dev.varve.snapshot.ContentReader;
import dev.varve.snapshot.StoredVolume;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Brings what files hold into the hot tier ahead of its use. It counts as used then, so it stays there as long as what was read. Used
 * once, not thread safe. Memory: 100 bytes a pack, a directory's entries for each level, and what a write session says.
 */
public final class Recall {
    private static final int MAX_DEPTH = 4096;

    private final Repository repository;
    private final List<StoredVolume> volumes;
    private final SnapshotTree tree;
    private final Clock clock;
    private final Consumer<String> progress;
    private final List<PackAccess> tiers;
    private final List<String> problems = new ArrayList<>();

    /**
     * @param volumes of one snapshot
     * @param progress told of each file
     */
    public Recall(Repository repository, List<StoredVolume> volumes, Clock clock, Consumer<String> progress) {
        this.repository = repository;
        this.volumes = List.copyOf(volumes);
        this.tree = new SnapshotTree(volumes);
        this.clock = clock;
        this.progress = progress;
        this.tiers = repository.packsOfTiers();
    }

    /** What could not be looked at or brought back, one line each. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /** Looks where the files at and below a path lie; with {@code /} also volumes that are kept raw. */
    public RecallPlan plan(ByteString path) throws IOException {
        for (PackAccess tier : tiers) {
            try {
                tier.catchUp();
            } catch (BackendException e) {
                problems.add(e.getMessage() + "; what is known of it from before is shown");
            }
        }
        Plan plan = new Plan();
        forEachFile(path, (name, content) -> {
            plan.files++;
            forEachChunk(content, plan::add);
        });
        return new RecallPlan(plan.files, plan.bytes, plan.packs, plan.lost);
    }

    /** @return bytes that are in the hot tier now and were not before */
    public long run(ByteString path) throws IOException {
        try (WriteSession session = repository.begin(clock, Set.of())) {
            try (ChunkLane lane = session.lane(PackKind.DATA)) {
                forEachFile(path, (name, content) -> {
                    progress.accept(name);
                    bring(session, lane, content);
                });
            }
            session.commit();
            session.noteUse(repository.uses());
            return session.newBytes();
        }
    }

    private void bring(WriteSession session, ChunkLane lane, ContentReader content) throws IOException {
        forEachChunk(content, (id, length) -> {
            if (!session.contains(id)) {
                byte[] chunk = repository.chunks().read(id);
                lane.put(chunk, 0, chunk.length);
            }
        });
    }

    private final class Plan {
        private long files;
        private long lost;
        private final Map<String, Long> bytes = new HashMap<>();
        private final Map<String, Set<PackId>> packs = new HashMap<>();

        void add(ChunkId id, long length) throws IOException {
            for (PackAccess tier : tiers) {
                ChunkLocation location = tier.indexView().find(id);
                if (location != null) {
                    bytes.merge(tier.tier(), length, Long::sum);
                    if (!tier.isHot()) {
                        packs.computeIfAbsent(tier.tier(), name -> new HashSet<>())
                                .add(location.pack());
                    }
                    return;
                }
            }
            lost += length;
        }
    }

    @FunctionalInterface
    private interface FileVisitor {
        void file(String name, ContentReader content) throws IOException;
    }

    @FunctionalInterface
    private interface ChunkVisitor {
        void chunk(ChunkId id, long length) throws IOException;
    }

    private static void forEachChunk(ContentReader content, ChunkVisitor visitor) throws IOException {
        content.parts(0, (offset, part) -> {
            if (!part.isHole()) {
                visitor.chunk(part.id(), part.length());
            }
        });
    }

    private void forEachFile(ByteString path, FileVisitor visitor) throws IOException {
        List<ByteString> names = SnapshotPath.parse(path);
        for (StoredVolume volume : volumes) {
            if (names.isEmpty() && volume.record().isRaw()) {
                visitor.file(volume.name(), volume.rawContent());
            }
        }
        walk(tree.find(names), names, 0, visitor);
    }

    private void walk(SnapshotTree.Node node, List<ByteString> path, int depth, FileVisitor visitor)
            throws IOException {
        if (!node.isDirectory()) {
            if (node.inode().content() != null) {
                try {
                    visitor.file(SnapshotPath.display(path), node.volume().open(node.inode()));
                } catch (BackendException e) {
                    throw e;
                } catch (VarveException e) {
                    problems.add(SnapshotPath.display(path) + ": " + e.getMessage());
                }
            }
            return;
        }
        if (depth > MAX_DEPTH) {
            problems.add(SnapshotPath.display(path) + ": too deep");
            return;
        }
        tree.list(node, (name, child) -> {
            List<ByteString> below = new ArrayList<>(path);
            below.add(name);
            SnapshotTree.Node read;
            try {
                read = child.read();
            } catch (BackendException e) {
                throw e;
            } catch (VarveException e) {
                problems.add(SnapshotPath.display(below) + ": " + e.getMessage());
                return;
            }
            walk(read, below, depth + 1, visitor);
        });
    }
}
