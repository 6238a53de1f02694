package dev.varve.repository;

import dev.varve.codec.DecodedFrame;
import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.MissingChunkException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import dev.varve.model.VarveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The chunks of a repository through the indexes and packs of its tiers, the hot one first. A chunk comes out only if its frame is
 * authentic and says that it holds this chunk, so neither a damaged pack nor a damaged index gives wrong bytes. A frame that is
 * damaged is distrusted from then on, and another place is tried, in whatever tier; so it is while a tier can't be reached. Thread
 * safe; no lock on the way of a hit.
 */
final class PackedChunks implements ChunkSource {
    private final Pools pools;
    private final FrameCache frames;
    private final DistrustedFrames distrusted;
    private final PackUses uses;

    /** The tiers as they are now, the hot one first. */
    @FunctionalInterface
    interface Pools {
        List<PackPool> now();
    }

    private record Place(PackPool pool, ChunkLocation location) {}

    @FunctionalInterface
    private interface Use<T> {
        T of(DecodedFrame frame, ChunkLocation location);
    }

    PackedChunks(Pools pools, FrameCache frames, DistrustedFrames distrusted, PackUses uses) {
        this.pools = pools;
        this.uses = uses;
        this.frames = frames;
        this.distrusted = distrusted;
    }

    @Override
    public byte[] read(ChunkId id) throws IOException {
        return from(id, (frame, location) -> {
            byte[] chunk = new byte[location.length()];
            frame.copyTo(location.offset(), chunk, 0, chunk.length);
            return chunk;
        });
    }

    @Override
    public int read(ChunkId id, int offset, ByteBuffer target) throws IOException {
        return from(id, (frame, location) -> {
            int count = Math.max(0, Math.min(target.remaining(), location.length() - offset));
            if (count > 0) {
                frame.copyTo(location.offset() + offset, target, count);
            }
            return count;
        });
    }

    @Override
    public void prefetch(ChunkId id) {
        Place place = find(id, Set.of());
        if (place != null) {
            frames.prefetch(place.pool(), place.location());
        }
    }

    @Override
    public String tierOf(ChunkId id) {
        Place place = find(id, Set.of());
        return place == null ? null : place.pool().name();
    }

    private <T> T from(ChunkId id, Use<T> use) throws IOException {
        Place place = locate(id);
        Set<Place> tried = null;
        while (true) {
            try {
                return use.of(frame(id, place), place.location());
            } catch (VarveException e) {
                tried = tried == null ? new HashSet<>() : tried;
                tried.add(place);
                place = otherThan(place, id, tried, e);
            }
        }
    }

    /**
     * Where else a chunk lies whose frame is damaged or out of reach: it may have been stored again since, or lie in another tier.
     * Never a place that was asked about before.
     *
     * @throws VarveException the failure, when there is no other place
     */
    private Place otherThan(Place bad, ChunkId id, Set<Place> tried, VarveException failure) throws IOException {
        if (!(failure instanceof BackendException)) {
            distrusted.add(bad.pool().id(), bad.location());
        }
        Place other = find(id, tried);
        if (failure.getCause() instanceof NotFoundException) {
            // A prune may have moved it: then it is in a pack that was written before this one was deleted.
            if (other == null && bad.pool().index().refresh()) {
                other = find(id, tried);
            }
            if (other == null) {
                bad.pool().catchUp().without(bad.location().pack(), () -> find(bad.pool(), id, tried) != null);
                other = find(id, tried);
            }
        }
        if (other == null) {
            other = inAnotherTier(bad, id, tried);
        }
        if (other == null) {
            throw failure;
        }
        return other;
    }

    /** The index of another tier may know nothing yet: on a spare machine. */
    private Place inAnotherTier(Place bad, ChunkId id, Set<Place> tried) throws IOException {
        long asked = System.nanoTime();
        for (PackPool pool : pools.now()) {
            if (pool.id().equals(bad.pool().id())) {
                continue;
            }
            try {
                pool.catchUp().since(asked, () -> find(pool, id, tried) != null);
            } catch (BackendException e) {
                continue; // then it is the first failure that is told
            }
            Place place = find(pool, id, tried);
            if (place != null) {
                return place;
            }
        }
        return null;
    }

    private DecodedFrame frame(ChunkId id, Place place) throws IOException {
        ChunkLocation location = place.location();
        DecodedFrame frame;
        try {
            frame = frames.get(place.pool(), location);
        } catch (NotFoundException e) {
            CorruptException lost = new CorruptException(
                    "pack " + location.pack().toHex(), location.frameOffset(), "the pack is missing; run varve check");
            lost.initCause(e);
            throw lost;
        }
        if (!frame.holds(id, location.offset(), location.length())) {
            throw new CorruptException(
                    "pack " + location.pack().toHex(),
                    location.frameOffset(),
                    "the chunk index points to another chunk; delete the index directory, it is made anew");
        }
        if (place.pool().isHot() && frame.kind() == PackKind.DATA && pools.now().size() > 1) {
            uses.note(location.pack());
        }
        return frame;
    }

    private Place find(ChunkId id, Set<Place> tried) {
        for (PackPool pool : pools.now()) {
            Place place = find(pool, id, tried);
            if (place != null) {
                return place;
            }
        }
        return null;
    }

    private Place find(PackPool pool, ChunkId id, Set<Place> tried) {
        ChunkLocation location = pool.find(
                id,
                candidate -> distrusted.trusts(pool.id(), candidate)
                        && (tried.isEmpty() || !tried.contains(new Place(pool, candidate))));
        return location == null ? null : new Place(pool, location);
    }

    /** A place that nothing is known against; else any, so that reading it says what is wrong. */
    private Place known(ChunkId id) {
        Place place = find(id, Set.of());
        if (place != null) {
            return place;
        }
        for (PackPool pool : pools.now()) {
            ChunkLocation location = pool.find(id, any -> true);
            if (location != null) {
                return new Place(pool, location);
            }
        }
        return null;
    }

    /** The indexes may be behind the packs (another process wrote them, or they were lost): look again before giving up. */
    private Place locate(ChunkId id) throws IOException {
        long asked = System.nanoTime();
        Place place = known(id);
        if (place != null) {
            return place;
        }
        for (PackPool pool : pools.now()) {
            if (pool.index().refresh()) {
                place = known(id);
                if (place != null) {
                    return place;
                }
            }
        }
        VarveException unreachable = null;
        for (PackPool pool : pools.now()) {
            try {
                pool.catchUp().since(asked, () -> find(pool, id, Set.of()) != null);
            } catch (BackendException e) {
                if (pool.isHot()) {
                    throw e;
                }
                unreachable = e; // it may be in another tier
            }
            place = known(id);
            if (place != null) {
                return place;
            }
        }
        throw unreachable != null ? unreachable : new MissingChunkException(id);
    }
}
