package dev.varve.tiering;

import dev.varve.codec.DecodedFrame;
import dev.varve.index.IndexView;
import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.NoSpaceException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.model.RefusedException;
import dev.varve.model.VarveException;
import dev.varve.pack.PackEntry;
import dev.varve.pack.PackTrailer;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.PackAccess;
import dev.varve.repository.PackMarks;
import dev.varve.repository.PruneMark;
import dev.varve.repository.Repository;
import dev.varve.repository.TierMirror;
import dev.varve.repository.TierRecord;
import dev.varve.repository.WriteSession;
import dev.varve.retention.Reachability;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Copies to a cold tier what it lacks of what snapshots need: data in frames of its own, metadata and small objects as they are, and
 * last the manifests, so that a snapshot that can be seen in the tier is whole there. What is stored stays, so a run that was
 * killed or limited is gone on with by the next. Used once, not thread safe. Memory: as {@link Reachability} for each tier that is
 * read, and 100 bytes a pack.
 */
public final class TierCopy {
    private final Repository repository;
    private final TierRecord tier;
    private final CopyOptions options;
    private final Clock clock;
    private final Consumer<String> progress;
    private final TierMirror mirror;
    private final List<String> problems = new ArrayList<>();
    private IndexView there;
    private Predicate<ChunkLocation> unmarked;
    private long chunks;
    private long dataBytes;
    private long metadataPacks;
    private long metadataBytes;
    private long left;

    /** @param progress told what is being done */
    public TierCopy(
            Repository repository, TierRecord tier, CopyOptions options, Clock clock, Consumer<String> progress) {
        this.repository = repository;
        this.tier = tier;
        this.options = options;
        this.clock = clock;
        this.progress = progress;
        this.mirror = repository.tierChanges().mirror(tier);
        this.left = options.limitBytes();
    }

    /** @throws BackendException if the tier can't be reached, or fails on the way */
    public CopyReport run() throws IOException {
        if (!options.dryRun()) {
            mirror.copyOpening();
            mirror.forget();
        }
        // Marks before packs: what is deleted after this look is in it.
        Set<PackId> marked = marked(repository.marks());
        SnapshotCatalog catalog = new SnapshotCatalog(repository.manifests());
        catalog.problems().forEach(problem -> problems.add(problem.getMessage() + "; the snapshot is left out"));
        unmarked = location -> !marked.contains(location.pack());
        List<PackAccess> sources = sources();
        there = access().indexView();
        List<Manifest> manifests = catalog.snapshots();
        Wanted wanted = new Wanted(sources, manifests);
        long storedBytes = options.dryRun() ? 0 : copy(wanted);
        if (options.dryRun()) {
            look(wanted);
        }
        Set<String> published = mirror.snapshots();
        List<Manifest> missing = manifests.stream()
                .filter(manifest -> !published.contains(manifest.objectName()))
                .toList();
        long snapshots = options.dryRun() ? 0 : publish(missing);
        return new CopyReport(
                tier.name(),
                chunks,
                dataBytes,
                storedBytes,
                metadataPacks,
                metadataBytes,
                snapshots,
                missing.size() - snapshots,
                problems);
    }

    /** Publishes those that are whole in the tier now. @return how many */
    private long publish(List<Manifest> missing) throws IOException {
        WholeSnapshots held = new WholeSnapshots(List.of(access().indexView()), unmarked, repository.chunks());
        long published = 0;
        for (Manifest manifest : missing) {
            progress.accept("whether " + manifest.name() + " of " + manifest.host() + " is whole there");
            if (held.isWhole(manifest)) {
                mirror.publish(manifest.objectName());
                published++;
            }
        }
        mirror.copyLabels();
        mirror.forget();
        return published;
    }

    /** What is to be deleted in this tier: it counts as not there. */
    private Set<PackId> marked(PackMarks marks) throws IOException {
        Set<PackId> packs = new HashSet<>();
        for (PruneMark mark : marks.all(Map.of()).values()) {
            if (mark.tier().equals(tier.id())) {
                packs.addAll(mark.packs());
            }
        }
        return packs;
    }

    /** What can be read: the hot tier, and the other cold ones that are there. */
    private List<PackAccess> sources() throws IOException {
        List<PackAccess> sources = new ArrayList<>();
        for (PackAccess access : repository.packsOfTiers()) {
            try {
                for (VarveException problem : access.catchUp()) {
                    problems.add(problem.getMessage() + "; the pack is left alone");
                }
            } catch (BackendException e) {
                if (access.isHot() || access.tierId().equals(tier.id())) {
                    throw e;
                }
                continue; // what lies only there is missing here, and said so
            }
            if (!access.tierId().equals(tier.id())) {
                sources.add(access);
            }
        }
        return sources;
    }

    private PackAccess access() throws NotFoundException {
        for (PackAccess access : repository.packsOfTiers()) {
            if (access.tierId().equals(tier.id())) {
                return access;
            }
        }
        throw new NotFoundException("tier " + tier.name() + " was removed");
    }

    private boolean isThere(ChunkId id) throws IOException {
        return there.ordinal(id, unmarked) >= 0;
    }

    /** Places that are to be copied. */
    private final class Wanted {
        private final List<PackAccess> sources;
        private final List<Reachability> needed = new ArrayList<>();

        /** Oldest first, until there is more than the limit allows. */
        Wanted(List<PackAccess> sources, List<Manifest> manifests) throws IOException {
            this.sources = sources;
            for (PackAccess source : sources) {
                needed.add(new Reachability(source.indexView(), repository.chunks(), Set.of()));
            }
            boolean limited = options.limitBytes() != Long.MAX_VALUE;
            for (Manifest manifest : manifests) {
                progress.accept("what " + manifest.name() + " of " + manifest.host() + " needs");
                add(manifest);
                if (limited && lacking() > options.limitBytes()) {
                    return;
                }
            }
        }

        private void add(Manifest manifest) throws IOException {
            try {
                for (Reachability reachability : needed) {
                    reachability.add(manifest);
                }
            } catch (RefusedException e) {
                problems.add(e.getMessage());
            }
        }

        /** Plaintext that the tier lacks so far. */
        private long lacking() throws IOException {
            long[] bytes = {0};
            for (int i = 0; i < sources.size(); i++) {
                Reachability reachability = needed.get(i);
                sources.get(i).indexView().forEachLocation((id, location, ordinal) -> {
                    if (reachability.isNeeded(ordinal) && !isThere(id)) {
                        bytes[0] += location.length();
                    }
                });
            }
            return bytes[0];
        }

        /** Packs of a source that hold something to copy. */
        private Set<PackId> packs(int source) throws IOException {
            Set<PackId> packs = new TreeSet<>();
            Reachability reachability = needed.get(source);
            sources.get(source).indexView().forEachLocation((id, location, ordinal) -> {
                if (reachability.isNeeded(ordinal) && !isThere(id)) {
                    packs.add(location.pack());
                }
            });
            return packs;
        }

        private boolean isWanted(int source, PackEntry entry) throws IOException {
            long ordinal =
                    needed.get(source).ordinal(entry.id(), entry.location().pack());
            return ordinal >= 0 && needed.get(source).isNeeded(ordinal) && !isThere(entry.id());
        }
    }

    /** As {@link #copy}, but only counts. */
    private void look(Wanted wanted) throws IOException {
        for (int i = 0; i < wanted.sources.size(); i++) {
            PackAccess source = wanted.sources.get(i);
            for (PackId pack : wanted.packs(i)) {
                PackTrailer trailer = trailer(source, pack);
                if (trailer == null || left <= 0) {
                    continue;
                }
                for (PackEntry entry : trailer.entries()) {
                    if (trailer.kind() == PackKind.DATA && wanted.isWanted(i, entry)) {
                        count(entry);
                    }
                }
                if (trailer.kind() == PackKind.METADATA) {
                    metadataPacks++;
                }
            }
        }
    }

    private void count(PackEntry entry) {
        chunks++;
        dataBytes += entry.location().length();
        left -= entry.location().length();
    }

    /** @return stored bytes of the data */
    private long copy(Wanted wanted) throws IOException {
        try (WriteSession session = repository.tierChanges().begin(tier, clock, Set.of(), options.bytesPerSecond())) {
            try (ChunkLane lane = session.lane(PackKind.DATA)) {
                for (int i = 0; i < wanted.sources.size(); i++) {
                    Set<PackId> packs = wanted.packs(i);
                    int done = 0;
                    for (PackId pack : packs) {
                        progress.accept("pack " + ++done + " of " + packs.size());
                        if (left > 0) {
                            copy(wanted, i, pack, lane);
                        }
                    }
                }
            }
            session.commit();
            session.watch().settle();
            for (VarveException problem : access().catchUp()) {
                problems.add(problem.getMessage() + "; the pack is left alone");
            }
            return session.storedBytes();
        }
    }

    private PackTrailer trailer(PackAccess source, PackId pack) throws IOException {
        try {
            return source.trailer(pack);
        } catch (BackendException e) {
            throw e;
        } catch (NotFoundException e) {
            return null; // pruned meanwhile: what of it is needed lies elsewhere
        } catch (VarveException e) {
            problems.add(e.getMessage() + "; what is in the pack is not copied");
            return null;
        }
    }

    private void copy(Wanted wanted, int source, PackId pack, ChunkLane lane) throws IOException {
        PackAccess access = wanted.sources.get(source);
        PackTrailer trailer = trailer(access, pack);
        if (trailer == null) {
            return;
        }
        if (trailer.kind() == PackKind.METADATA) {
            if (access.isHot()) {
                long bytes = mirror.copyPack(pack);
                metadataPacks += bytes > 0 ? 1 : 0;
                metadataBytes += bytes;
            }
            return;
        }
        List<PackEntry> entries = trailer.entries();
        int next = 0;
        for (PackTrailer.Frame frame : trailer.frames()) {
            copy(wanted, source, frame, entries.subList(next, next + frame.chunkCount()), lane);
            next += frame.chunkCount();
        }
    }

    private void copy(Wanted wanted, int source, PackTrailer.Frame frame, List<PackEntry> entries, ChunkLane lane)
            throws IOException {
        DecodedFrame decoded = null;
        for (PackEntry entry : entries) {
            if (left <= 0 || !wanted.isWanted(source, entry)) {
                continue;
            }
            PackId pack = entry.location().pack();
            byte[] chunk;
            try {
                PackAccess access = wanted.sources.get(source);
                decoded = decoded == null ? access.frame(pack, frame) : decoded;
                chunk = access.chunk(entry, decoded);
            } catch (BackendException | NoSpaceException e) {
                throw e;
            } catch (VarveException e) {
                problems.add(e.getMessage() + "; chunk " + entry.id().toHex() + " is not copied");
                continue;
            }
            lane.put(chunk, 0, chunk.length);
            count(entry);
        }
    }
}
