package dev.varve.retention;

import dev.varve.model.ChunkId;
import dev.varve.model.PackId;
import java.io.IOException;
import java.util.Set;

/**
 * Which places of one tier must stay: those that a snapshot needs, unless in the hot tier the chunk lies in every cold one and the
 * place may go, since its pack is marked or a policy lets it. For data; metadata always stays hot. Not thread safe.
 */
final class Needs {
    private final Reachability reachability;
    private final Elsewhere elsewhere;
    private final Set<PackId> marked;
    private final HotPolicy policy;

    /** @param policy null when only what is marked may go */
    Needs(Reachability reachability, Elsewhere elsewhere, Set<PackId> marked, HotPolicy policy) {
        this.reachability = reachability;
        this.elsewhere = elsewhere;
        this.marked = marked;
        this.policy = policy;
    }

    boolean hasPolicy() {
        return policy != null;
    }

    /** Whether a snapshot needs this place and it can't go. */
    boolean isNeeded(ChunkId id, PackId pack, long ordinal) throws IOException {
        return reachability.isNeeded(ordinal) && !(mayGo(pack, ordinal) && elsewhere.holds(id));
    }

    private boolean mayGo(PackId pack, long ordinal) {
        return marked.contains(pack)
                || policy != null
                        && !reachability.isYoung(ordinal)
                        && !policy.usedPacks().contains(pack);
    }

    /** Whether a chunk would be lost from the tier if all marked packs went. @param data whether it may lie in cold tiers alone */
    boolean needsMarkedPack(ChunkId id, boolean data) throws IOException {
        return reachability.needsMarkedPack(id) && !(data && elsewhere.holds(id));
    }
}
