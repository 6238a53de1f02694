package dev.varve.repository;

import dev.varve.model.ChunkId;
import dev.varve.model.PackKind;
import java.io.IOException;

/** Where a backup puts its chunks. Thread safe; the lanes it gives out are not. */
public interface ChunkSink {
    /** Whether the chunk is stored, or on its way in this session. */
    boolean contains(ChunkId id) throws IOException;

    /** Whether some packs count as not there although they are, since they are to be deleted: then what is not stored need not be lost. */
    default boolean avoidsPacks() {
        return false;
    }

    /** A lane for one thread: neighbours put through one lane share frames. */
    ChunkLane lane(PackKind kind);
}
