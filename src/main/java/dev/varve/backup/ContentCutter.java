package dev.varve.backup;

import dev.varve.chunk.Chunker;
import dev.varve.chunk.ChunkerFormat;
import dev.varve.repository.ChunkLane;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.ContentWriter;
import java.io.IOException;

/**
 * Turns the bytes of one content, given in order, into chunks and holes and these into a {@link Content}. A hole ends the
 * run of bytes before it: chunks never reach over one. Used for one content at a time; {@link #begin} starts the next.
 * Not thread safe. Memory: {@link #BUFFER_BYTES}, whatever the content's size.
 */
final class ContentCutter {
    /** Bytes that can wait for their cut: enough for long reads. */
    static final int BUFFER_BYTES = 1 << 20;

    private final Chunker chunker;
    private final ChunkPipeline pipeline;
    private final ChunkLane metadata;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int filled;
    private ContentWriter writer;

    ContentCutter(Chunker chunker, ChunkPipeline pipeline, ChunkLane metadata) {
        this.chunker = chunker;
        this.pipeline = pipeline;
        this.metadata = metadata;
    }

    /** Starts a content; one that was begun and not finished is given up. */
    void begin() {
        filled = 0;
        writer = new ContentWriter(metadata);
    }

    /** Where the next bytes go: {@code buffer()[position(), position() + room())}, then {@link #advance}. */
    byte[] buffer() {
        return buffer;
    }

    int position() {
        return filled;
    }

    /** At least {@link ChunkerFormat#MAX_BYTES}. */
    int room() {
        return buffer.length - filled;
    }

    /** Takes the next {@code bytes} of the buffer as content. */
    void advance(int bytes) throws IOException {
        filled += bytes;
        if (room() < ChunkerFormat.MAX_BYTES) {
            cut(false);
        }
    }

    void hole(long bytes) throws IOException {
        cut(true);
        ContentWriter target = writer;
        pipeline.mark(() -> target.addHole(bytes));
    }

    /** Ends the content; {@code target} gets it when its chunks have been stored. */
    void finish(Finished target) throws IOException {
        cut(true);
        ContentWriter finished = writer;
        writer = null;
        pipeline.mark(() -> target.finished(finished.finish()));
    }

    private void cut(boolean all) throws IOException {
        int from = 0;
        ContentWriter target = writer;
        while (all ? from < filled : filled - from >= ChunkerFormat.MAX_BYTES) {
            int length = chunker.cut(buffer, from, filled);
            pipeline.put(buffer, from, length, id -> target.addChunk(id, length));
            from += length;
        }
        System.arraycopy(buffer, from, buffer, 0, filled - from);
        filled -= from;
    }

    /** Receives the content on the pipeline owner's thread. */
    @FunctionalInterface
    interface Finished {
        void finished(Content content) throws IOException;
    }
}
