package dev.varve.backup;

import dev.varve.model.ChunkId;
import dev.varve.model.PackKind;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.ChunkSink;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** A sink on a disk that is full after so many chunks. */
final class FailingSink implements ChunkSink {
    private final ChunkSink sink;
    private final AtomicInteger left;

    FailingSink(ChunkSink sink, int chunks) {
        this.sink = sink;
        this.left = new AtomicInteger(chunks);
    }

    @Override
    public boolean contains(ChunkId id) throws IOException {
        return sink.contains(id);
    }

    @Override
    public ChunkLane lane(PackKind kind) {
        ChunkLane lane = sink.lane(kind);
        return new ChunkLane() {
            @Override
            public ChunkId put(byte[] data, int offset, int length) throws IOException {
                if (left.decrementAndGet() < 0) {
                    throw new IOException("disk full");
                }
                return lane.put(data, offset, length);
            }

            @Override
            public void close() throws IOException {
                lane.close();
            }
        };
    }
}
