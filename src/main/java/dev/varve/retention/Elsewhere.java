package dev.varve.retention;

import dev.varve.index.IndexView;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import dev.varve.model.VarveException;
import dev.varve.repository.PackAccess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Whether a chunk of the hot tier lies in every cold tier, too, in a pack that stays: then the hot copy of it is no more than a
 * convenience. As the tiers were at one moment. Without cold tiers, or while one is away, nothing lies elsewhere.
 */
final class Elsewhere {
    static final Elsewhere NOWHERE = new Elsewhere(List.of(), List.of(), Set.of());

    private final List<PackAccess> places;
    private final List<IndexView> tiers;
    private final Predicate<ChunkLocation> unmarked;

    private Elsewhere(List<PackAccess> places, List<IndexView> tiers, Set<PackId> marked) {
        this.places = places;
        this.tiers = tiers;
        this.unmarked = location -> !marked.contains(location.pack());
    }

    /**
     * Brings the indexes of the cold tiers up to the packs that are there now.
     *
     * @param marked packs that are to be deleted
     * @param problems told of a tier that can't be read
     */
    static Elsewhere of(List<PackAccess> tiers, Set<PackId> marked, List<String> problems) throws IOException {
        List<PackAccess> places = new ArrayList<>();
        List<IndexView> views = new ArrayList<>();
        for (PackAccess tier : tiers) {
            if (tier.isHot()) {
                continue;
            }
            try {
                tier.catchUp();
            } catch (VarveException e) {
                problems.add(e.getMessage() + "; what was moved there stays in the hot tier meanwhile");
                return NOWHERE;
            }
            places.add(tier);
            views.add(tier.indexView());
        }
        return new Elsewhere(places, views, marked);
    }

    /** Whether all packs that this counts on are stored still. */
    boolean isIntact() throws IOException {
        for (int i = 0; i < places.size(); i++) {
            if (!places.get(i).sizes().keySet().containsAll(tiers.get(i).packs())) {
                return false;
            }
        }
        return true;
    }

    /** Whether every cold tier holds it. */
    boolean holds(ChunkId id) throws IOException {
        for (IndexView tier : tiers) {
            if (tier.ordinal(id, unmarked) < 0) {
                return false;
            }
        }
        return !tiers.isEmpty();
    }
}
