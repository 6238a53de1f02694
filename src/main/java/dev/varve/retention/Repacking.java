package dev.varve.retention;

import dev.varve.codec.DecodedFrame;
import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.model.VarveException;
import dev.varve.pack.PackEntry;
import dev.varve.pack.PackTrailer;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.PackAccess;
import dev.varve.repository.Repository;
import dev.varve.repository.WriteSession;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes the needed part of packs that are mostly dead into new packs. The old ones stay until they are marked and their grace
 * period is over, so whoever reads them meanwhile goes on. Not thread safe. Memory: a frame, and what a write session says.
 */
final class Repacking {
    private final Repository repository;
    private final PackAccess access;
    private final PruneRound round;
    private final Clock clock;

    Repacking(Repository repository, PackAccess access, PruneRound round, Clock clock) {
        this.repository = repository;
        this.access = access;
        this.round = round;
        this.clock = clock;
    }

    /** Mostly dead packs, deadest first, as many as need no more than this to be written anew. */
    Set<PackId> choose(long maxBytes, List<String> problems) throws IOException {
        Set<PackId> marked = round.marked();
        List<PackId> candidates = new ArrayList<>();
        for (Map.Entry<PackId, PackUse> use : round.uses().entrySet()) {
            if (use.getValue().neededBytes() > 0
                    && use.getValue().isMostlyDead()
                    && round.size(use.getKey()) > 0
                    && !marked.contains(use.getKey())
                    && round.mayGo(use.getKey(), problems)) {
                candidates.add(use.getKey());
            }
        }
        candidates.sort(Comparator.comparingDouble(
                        (PackId pack) -> round.uses().get(pack).neededShare())
                .thenComparing(Comparator.naturalOrder()));
        Set<PackId> chosen = new TreeSet<>();
        long left = maxBytes;
        for (PackId pack : candidates) {
            left -= round.uses().get(pack).neededBytes();
            if (left < 0) {
                break;
            }
            chosen.add(pack);
        }
        return chosen;
    }

    /**
     * Copies what is needed in these packs.
     *
     * @param problems told of packs that could not be read, which are left as they are, and of a disk that is full
     * @return those whose needed part is durably elsewhere now
     * @throws dev.varve.model.RefusedException if a pack that has some of it was deleted meanwhile
     */
    Set<PackId> run(Set<PackId> chosen, List<String> problems) throws IOException {
        Set<PackId> done = new HashSet<>();
        try (WriteSession session = repository.begin(access, clock, chosen)) {
            try (ChunkLane data = session.lane(PackKind.DATA);
                    ChunkLane metadata = session.lane(PackKind.METADATA)) {
                for (PackId pack : chosen) {
                    if (copy(pack, data, metadata, problems)) {
                        done.add(pack);
                    }
                }
            }
            session.commit();
            session.watch().settle();
            return done;
        } catch (NoSpaceException e) {
            problems.add("no room to write packs anew that are mostly dead: " + e.getMessage());
            return Set.of();
        }
    }

    private boolean copy(PackId pack, ChunkLane data, ChunkLane metadata, List<String> problems) throws IOException {
        try {
            PackTrailer trailer = access.trailer(pack);
            ChunkLane lane = trailer.kind() == PackKind.DATA ? data : metadata;
            List<PackEntry> entries = trailer.entries();
            int next = 0;
            for (PackTrailer.Frame frame : trailer.frames()) {
                copy(pack, frame, entries.subList(next, next + frame.chunkCount()), lane);
                next += frame.chunkCount();
            }
            return true;
        } catch (BackendException | NoSpaceException e) {
            throw e;
        } catch (VarveException e) {
            problems.add(e.getMessage() + "; the pack is left as it is");
            return false;
        }
    }

    private void copy(PackId pack, PackTrailer.Frame frame, List<PackEntry> entries, ChunkLane lane)
            throws IOException {
        DecodedFrame decoded = null;
        for (PackEntry entry : entries) {
            if (!round.isNeeded(entry.id(), pack)) {
                continue;
            }
            decoded = decoded == null ? access.frame(pack, frame) : decoded;
            byte[] chunk = new byte[entry.location().length()];
            decoded.copyTo(entry.location().offset(), chunk, 0, chunk.length);
            ChunkId id = lane.put(chunk, 0, chunk.length);
            if (!id.equals(entry.id())) {
                throw new CorruptException(
                        "pack " + pack.toHex(),
                        frame.offset(),
                        "chunk " + entry.id().toHex() + " is not what its name says");
            }
        }
    }
}
