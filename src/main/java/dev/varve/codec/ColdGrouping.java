package dev.varve.codec;

import dev.varve.model.ChunkId;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * Sorts chunks into the frames of the cold tier: given in the order in which they lie in hot packs, neighbours of one
 * {@link ContentClass} come together. Each chunk goes into exactly one group, and within a class the order stays. Not thread
 * safe. Memory: one unfinished frame for each class, 14 MiB.
 */
public final class ColdGrouping {
    private final PackKind kind;
    private final Sink sink;
    private final Map<ContentClass, FrameBuilder> open = new EnumMap<>(ContentClass.class);

    /** Takes groups as they become full; may block until there is room for one. */
    @FunctionalInterface
    public interface Sink {
        void full(ColdGroup group) throws IOException;
    }

    public ColdGrouping(PackKind kind, Sink sink) {
        this.kind = kind;
        this.sink = sink;
    }

    /** Copies the chunk, and hands out its class's group first when it has no more room. */
    public void add(ChunkId id, byte[] source, int offset, int length) throws IOException {
        ContentClass contentClass = ContentClass.of(source, offset, length);
        FrameBuilder builder = open.get(contentClass);
        if (builder != null && !builder.fits(length)) {
            open.remove(contentClass);
            sink.full(new ColdGroup(kind, contentClass, builder));
            builder = null;
        }
        if (builder == null) {
            builder = new FrameBuilder(contentClass.frameBytes());
            open.put(contentClass, builder);
        }
        builder.add(id, source, offset, length);
    }

    /** Hands out what is left of each class. */
    public void finish() throws IOException {
        for (ContentClass contentClass : ContentClass.values()) {
            FrameBuilder builder = open.remove(contentClass);
            if (builder != null) {
                sink.full(new ColdGroup(kind, contentClass, builder));
            }
        }
    }
}
