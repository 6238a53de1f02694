package dev.varve.retention;

import dev.varve.index.IndexView;
import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.model.RefusedException;
import dev.varve.model.VarveException;
import dev.varve.pack.PackTrailer;
import dev.varve.repository.ManifestStore;
import dev.varve.repository.PackAccess;
import dev.varve.repository.PackMarks;
import dev.varve.repository.PruneMark;
import dev.varve.repository.Repository;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What a tier of a repository holds and needs at one moment, taken in the order on which safety rests: marks and keeps, then manifests, then
 * packs. Not thread safe. Memory: see {@link Reachability}, and 400 bytes a pack.
 */
final class PruneRound {
    private final Repository repository;
    private final PackMarks marks;
    private final PackAccess access;
    private final Map<String, PruneMark> standing;
    private final Map<String, Set<PackId>> kept = new HashMap<>();
    private final Set<String> snapshots = new HashSet<>();
    private final Map<PackId, Long> sizes;
    private final PlaceReader elsewhereInTier;
    private final Elsewhere elsewhere;
    private final Reachability reachability;
    private final Needs needs;
    private final Map<PackId, PackUse> uses;

    /**
     * @param policy what stays in the hot tier; null for all that is needed, and for a cold tier
     * @throws RefusedException if a manifest or the metadata of a snapshot can't be read
     */
    PruneRound(
            Repository repository,
            PackAccess access,
            HotPolicy policy,
            Consumer<Manifest> progress,
            List<String> problems)
            throws IOException {
        this.repository = repository;
        this.marks = repository.marks();
        this.access = access;
        this.elsewhereInTier = new PlaceReader(access);
        standing = new HashMap<>(marks.all(Map.of()));
        for (String name : Set.copyOf(standing.keySet())) {
            readKeeps(name, problems);
        }
        SnapshotCatalog catalog = new SnapshotCatalog(repository.manifests());
        if (!catalog.problems().isEmpty()) {
            throw new RefusedException(
                    catalog.problems().get(0).getMessage()
                            + "; it is not known what that snapshot needs, so nothing is pruned: heal its file from a copy, or delete it");
        }
        for (VarveException problem : access.catchUp()) {
            problems.add(problem.getMessage() + "; the pack is left alone");
        }
        sizes = access.sizes();
        elsewhere = access.isHot()
                ? Elsewhere.of(
                        repository.packsOfTiers(), marked(mark -> !mark.tier().isEmpty()), problems)
                : Elsewhere.NOWHERE;
        IndexView index = access.indexView();
        reachability = new Reachability(index, repository.chunks(), marked());
        walk(withThoseOfTheTier(catalog.snapshots()), policy, progress);
        needs = new Needs(reachability, elsewhere, marked(), policy);
        uses = PackUse.of(index, needs);
        if (reachability.missing() > 0 && repository.tiers().isEmpty()) {
            problems.add("snapshots refer to chunks that no pack holds; run varve check to see what is hurt");
        }
    }

    /** A cold tier may have snapshots that the repository never had or has lost: what they need stays there. */
    private List<Manifest> withThoseOfTheTier(List<Manifest> known) throws IOException {
        if (access.isHot()) {
            return known;
        }
        Set<String> names = new HashSet<>();
        known.forEach(manifest -> names.add(manifest.objectName()));
        List<Manifest> all = new ArrayList<>(known);
        for (Manifest manifest : new SnapshotCatalog(access.manifests()).snapshots()) {
            if (names.add(manifest.objectName())) {
                all.add(manifest);
            }
        }
        return all;
    }

    /** Young snapshots first, so that what only the others need can be told apart. */
    private void walk(List<Manifest> manifests, HotPolicy policy, Consumer<Manifest> progress) throws IOException {
        if (policy == null) {
            walk(manifests, progress);
            return;
        }
        Predicate<Manifest> isYoung =
                manifest -> manifest.time().seconds() >= policy.youngSince().getEpochSecond();
        walk(manifests.stream().filter(isYoung).toList(), progress);
        reachability.endYoung();
        walk(manifests.stream().filter(isYoung.negate()).toList(), progress);
    }

    private void walk(List<Manifest> manifests, Consumer<Manifest> progress) throws IOException {
        for (Manifest manifest : manifests) {
            progress.accept(manifest);
            snapshots.add(manifest.objectName());
            try {
                reachability.add(manifest);
            } catch (RefusedException e) {
                requireForgotten(manifest, e);
            }
        }
    }

    /** A snapshot that was forgotten and pruned while it was walked is no damage. */
    private void requireForgotten(Manifest manifest, RefusedException damage) throws IOException {
        if (isThere(repository.manifests(), manifest) || isThere(access.manifests(), manifest)) {
            throw damage;
        }
        snapshots.remove(manifest.objectName());
    }

    private static boolean isThere(ManifestStore manifests, Manifest manifest) throws IOException {
        try {
            manifests.read(manifest.objectName());
            return true;
        } catch (NotFoundException forgotten) {
            return false;
        }
    }

    /** A keep that can't be read may name any pack of its mark. A mark that is taken back meanwhile stands no more. */
    private void readKeeps(String mark, List<String> problems) throws IOException {
        try {
            kept.put(mark, marks.kept(mark));
        } catch (BackendException e) {
            throw e;
        } catch (NotFoundException e) {
            standing.remove(mark);
        } catch (CorruptException e) {
            problems.add(e.getMessage() + "; its mark is taken back");
            kept.put(mark, standing.get(mark).packs());
        }
    }

    /** Marks that stand, by name. */
    Map<String, PruneMark> marks() {
        return Map.copyOf(standing);
    }

    /** All packs of marks that stand, of this tier: packs of metadata lie in several under one name. */
    Set<PackId> marked() {
        return marked(mark -> mark.tier().equals(access.tierId()));
    }

    private Set<PackId> marked(Predicate<PruneMark> which) {
        Set<PackId> packs = new HashSet<>();
        standing.values().stream().filter(which).forEach(mark -> packs.addAll(mark.packs()));
        return packs;
    }

    /** Object names of the manifests that were looked at. */
    Set<String> snapshots() {
        return snapshots;
    }

    /** Whether this place of a chunk must stay. */
    boolean isNeeded(ChunkId id, PackId pack) throws IOException {
        long ordinal = reachability.ordinal(id, pack);
        return ordinal >= 0 && needs.isNeeded(id, pack, ordinal);
    }

    Map<PackId, PackUse> uses() {
        return uses;
    }

    /** Stored bytes; 0 for a pack that is gone. */
    long size(PackId pack) {
        return sizes.getOrDefault(pack, 0L);
    }

    /** Stored packs that hold something needed. */
    long neededBytes() {
        long bytes = 0;
        for (Map.Entry<PackId, Long> pack : sizes.entrySet()) {
            bytes += PackUse.of(uses, pack.getKey()).neededBytes() > 0 ? pack.getValue() : 0;
        }
        return bytes;
    }

    /** Whether all that this round counts on is stored still. */
    boolean isIntact() throws IOException {
        return access.sizes().keySet().containsAll(needed()) && elsewhere.isIntact();
    }

    /** Stored, and a snapshot needs something in it. */
    private Set<PackId> needed() {
        Set<PackId> needed = new HashSet<>(sizes.keySet());
        needed.removeIf(pack -> PackUse.of(uses, pack).neededBytes() == 0);
        return needed;
    }

    /** Stored, unmarked, and nothing needs it. */
    Set<PackId> dead(List<String> problems) throws IOException {
        Set<PackId> marked = marked();
        Set<PackId> dead = new TreeSet<>();
        for (PackId pack : sizes.keySet()) {
            if (PackUse.isDead(uses, pack, marked) && mayGo(pack, problems)) {
                dead.add(pack);
            }
        }
        return dead;
    }

    /** Not metadata that a policy would let go: only the pack itself says what kind it is of. */
    boolean mayGo(PackId pack, List<String> problems) throws IOException {
        if (!needs.hasPolicy()) {
            return true;
        }
        try {
            return access.trailer(pack).kind() == PackKind.DATA;
        } catch (NotFoundException e) {
            return false;
        } catch (CorruptException e) {
            problems.add(e.getMessage() + "; the pack is left alone");
            return false;
        }
    }

    /**
     * The packs of a mark that may be deleted: there, kept by no one, and without anything that is needed and lies nowhere else.
     * The index is only a cache, so each pack's own list is asked before it goes.
     */
    Set<PackId> deletable(PruneMark mark, List<String> problems) throws IOException {
        Set<PackId> deletable = new TreeSet<>();
        for (PackId pack : mark.packs()) {
            if (sizes.containsKey(pack)
                    && !kept.get(mark.objectName()).contains(pack)
                    && PackUse.of(uses, pack).neededBytes() == 0
                    && isSpare(pack, problems)) {
                deletable.add(pack);
            }
        }
        return deletable;
    }

    private boolean isSpare(PackId pack, List<String> problems) throws IOException {
        PackTrailer trailer;
        try {
            trailer = access.trailer(pack);
        } catch (NotFoundException e) {
            return true;
        } catch (CorruptException e) {
            problems.add(e.getMessage() + "; the pack is left alone");
            return false;
        }
        boolean data = trailer.kind() == PackKind.DATA;
        boolean[] spare = {true};
        trailer.forEachChunk((id, location) ->
                spare[0] = spare[0] && !needs.needsMarkedPack(id, data) && isReadElsewhere(id, pack, problems));
        return spare[0];
    }

    /** The index does not know what has rotted: of what is needed the other copy is read before this one goes. */
    private boolean isReadElsewhere(ChunkId id, PackId pack, List<String> problems) throws IOException {
        ChunkLocation place = reachability.neededPlace(id);
        if (place == null) {
            return true;
        }
        try {
            elsewhereInTier.verify(id, place);
            return true;
        } catch (BackendException e) {
            throw e;
        } catch (VarveException e) {
            problems.add(e.getMessage() + "; pack " + pack.toHex() + " has what lies there, too, and is left alone");
            return false;
        }
    }

    /** Notes that a pack is gone. */
    void deleted(PackId pack) {
        sizes.remove(pack);
    }

    /** Takes a mark back: its packs that are still there are as any other. */
    void retire(PruneMark mark) throws IOException {
        marks.remove(mark.objectName());
        standing.remove(mark.objectName());
    }

    /** Notes a mark that was made in this round. */
    void made(PruneMark mark) {
        standing.put(mark.objectName(), mark);
        kept.put(mark.objectName(), Set.of());
    }
}
