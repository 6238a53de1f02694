package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.codec.DecodedFrame;
import dev.varve.crypto.IdHasher;
import dev.varve.index.ChunkIndex;
import dev.varve.index.IndexView;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import dev.varve.model.VarveException;
import dev.varve.pack.PackEntry;
import dev.varve.pack.PackReader;
import dev.varve.pack.PackTrailer;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The packs of one tier as such, for pruning: what there is, what is in them, and deleting them. Thread safe. */
public final class PackAccess {
    private final String tier;
    private final String tierId;
    private final Backend backend;
    private final PackReader packs;
    private final ChunkIndex index;
    private final IdHasher ids;
    private final ManifestStore manifests;

    /** @param tierId empty for the hot tier */
    PackAccess(
            String tier,
            String tierId,
            Backend backend,
            PackReader packs,
            ChunkIndex index,
            IdHasher ids,
            ManifestStore manifests) {
        this.manifests = manifests;
        this.tier = tier;
        this.tierId = tierId;
        this.ids = ids;
        this.backend = backend;
        this.packs = packs;
        this.index = index;
    }

    /** What the tier is called. */
    public String tier() {
        return tier;
    }

    /** As marks name it: empty for the hot tier. */
    public String tierId() {
        return tierId;
    }

    public boolean isHot() {
        return tierId.isEmpty();
    }

    /** The manifests that lie in this tier; for a cold one copies, and perhaps more than the repository has. */
    public ManifestStore manifests() {
        return manifests;
    }

    /** The index of this tier as it is now. */
    public IndexView indexView() {
        return index.view();
    }

    /** Stored bytes of every pack. Memory: 120 bytes a pack. */
    public Map<PackId, Long> sizes() throws IOException {
        Map<PackId, Long> sizes = new HashMap<>();
        backend.list(ObjectNames.PACKS, object -> {
            PackId id = ObjectNames.packId(object.name());
            if (id != null) {
                sizes.put(id, object.sizeBytes());
            }
        });
        return sizes;
    }

    /** Enters packs that the index does not know and drops those that are gone. @return which could not be entered, and why */
    public List<VarveException> catchUp() throws IOException {
        IndexCatchUp catchUp = new IndexCatchUp(backend, packs, index);
        catchUp.run(true);
        return catchUp.problems();
    }

    /** What a pack itself says that it holds. */
    public PackTrailer trailer(PackId pack) throws IOException {
        return packs.readTrailer(pack);
    }

    public DecodedFrame frame(PackId pack, PackTrailer.Frame frame) throws IOException {
        return packs.readFrame(pack, frame.offset(), frame.length());
    }

    /**
     * The bytes of a chunk.
     *
     * @throws CorruptException if they are not what its name says
     */
    public byte[] chunk(PackEntry entry, DecodedFrame frame) throws CorruptException {
        ChunkLocation location = entry.location();
        byte[] chunk = new byte[location.length()];
        frame.copyTo(location.offset(), chunk, 0, chunk.length);
        if (!ids.id(chunk, 0, chunk.length).equals(entry.id())) {
            throw new CorruptException(
                    "pack " + location.pack().toHex(),
                    location.frameOffset(),
                    "chunk " + entry.id().toHex() + " is not what its name says");
        }
        return chunk;
    }

    /** The frame at a place. */
    public DecodedFrame frame(ChunkLocation place) throws IOException {
        return packs.readFrame(place.pack(), place.frameOffset(), place.frameLength());
    }

    /** Deletes a pack for good; no error if it is gone. The index goes on naming it until {@link #dropFromIndex}. */
    public void delete(PackId pack) throws IOException {
        backend.delete(ObjectNames.pack(pack));
    }

    /** Has the index forget packs that were deleted. */
    public void dropFromIndex(Collection<PackId> deleted) throws IOException {
        index.drop(deleted);
    }
}
