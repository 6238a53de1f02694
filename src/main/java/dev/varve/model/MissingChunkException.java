package dev.varve.model;

/** A chunk that something refers to is in no pack. */
public final class MissingChunkException extends VarveException {
    private static final long serialVersionUID = 1L;

    private final ChunkId id;

    public MissingChunkException(ChunkId id) {
        super("chunk " + id.toHex() + " is in no pack; run varve check");
        this.id = id;
    }

    public ChunkId id() {
        return id;
    }
}
