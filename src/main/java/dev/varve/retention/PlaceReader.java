package dev.varve.retention;

import dev.varve.codec.DecodedFrame;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.pack.PackEntry;
import dev.varve.repository.PackAccess;
import java.io.IOException;

/** Reads chunks at given places, to see whether they are really there. Not thread safe. Memory: the last frame that was read. */
final class PlaceReader {
    private final PackAccess access;
    private ChunkLocation last;
    private DecodedFrame frame;

    PlaceReader(PackAccess access) {
        this.access = access;
    }

    /** @throws dev.varve.model.VarveException unless the chunk is there and what its name says */
    void verify(ChunkId id, ChunkLocation place) throws IOException {
        boolean sameFrame =
                last != null && last.pack().equals(place.pack()) && last.frameOffset() == place.frameOffset();
        if (!sameFrame) {
            last = null;
            frame = access.frame(place);
            last = place;
        }
        if (!frame.holds(id, place.offset(), place.length())) {
            throw new CorruptException(
                    "pack " + place.pack().toHex(),
                    place.frameOffset(),
                    "another chunk lies there than the index says");
        }
        access.chunk(new PackEntry(id, place), frame);
    }
}
