package dev.varve.pack;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.ObjectWriter;
import dev.varve.bytes.ByteWriter;
import dev.varve.codec.Envelope;
import dev.varve.codec.FrameChunk;
import dev.varve.codec.FrameFormat;
import dev.varve.codec.SealedFrame;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes one pack (docs/format.md, "Pack"): header, frames as they come, then on {@link #commit} trailer and footer. It
 * opens and decodes its own trailer before it lets go of the pack, and is unusable after its first error. Not thread safe.
 * Closing it uncommitted drops the pack. Memory: about 150 bytes a chunk until it is closed; frames are not kept.
 */
public final class PackWriter implements Closeable {
    private final PackKind kind;
    private final RepositoryKeys keys;
    private final Envelope trailers;
    private final String resource;
    private final ObjectWriter object;
    private final List<PackTrailer.Frame> frames = new ArrayList<>();
    private final List<List<FrameChunk>> chunks = new ArrayList<>();
    private int chunkCount;
    private boolean usable = true;

    /** Begins a pack; the caller closes it. */
    public PackWriter(Backend backend, RepositoryKeys keys, PackKind kind) throws IOException {
        this.kind = kind;
        this.keys = keys;
        this.trailers = new Envelope(PackFormat.TRAILER_MAGIC, keys.trailers());
        this.resource = "new pack in " + backend.describe();
        this.object = backend.create(kind);
        try {
            object.write(ByteBuffer.wrap(new PackHeader(kind, keys.repository()).encode()));
        } catch (IOException e) {
            try (object) {
                throw e;
            }
        }
    }

    /** Bytes so far. */
    public long position() {
        return object.position();
    }

    public boolean isEmpty() {
        return frames.isEmpty();
    }

    /** Whether it is time to commit: the size or the number of chunks is what a pack should have. */
    public boolean isFull() {
        return position() >= PackFormat.TARGET_BYTES || chunkCount >= PackFormat.TARGET_CHUNKS;
    }

    /**
     * Appends a frame of this pack's kind.
     *
     * @throws IllegalStateException if the pack is committed, closed, failed before, or would grow beyond all bounds
     */
    public void append(SealedFrame frame) throws IOException {
        requireUsable();
        long offset = object.position();
        if (frame.kind() != kind) {
            throw new IllegalArgumentException("a frame of " + frame.kind() + " in a pack of " + kind);
        }
        if (offset > PackFormat.TARGET_BYTES || chunkCount > PackFormat.TARGET_CHUNKS) {
            throw new IllegalStateException("the pack is full");
        }
        usable = false;
        object.write(frame.stored());
        frames.add(PackTrailer.frameOf((int) offset, frame));
        chunks.add(frame.chunks());
        chunkCount += frame.chunks().size();
        usable = true;
    }

    /**
     * Writes trailer and footer and makes the pack durable and visible under the name that its content gives it.
     *
     * @return what is in it and where
     */
    public PackTrailer commit() throws IOException {
        requireUsable();
        if (frames.isEmpty()) {
            throw new IllegalStateException("a pack holds at least one frame");
        }
        usable = false;
        int trailerOffset = (int) object.position();
        byte[] plain = PackTrailer.encode(frames, chunks);
        ByteBuffer trailer = trailers.seal(FrameFormat.code(kind), ByteBuffer.wrap(plain));
        PackId pack = PackReader.idOf(keys, trailer);
        PackFooter footer = new PackFooter(trailerOffset, trailer.remaining());
        PackTrailer decoded = decodeAgain(pack, trailerOffset, trailer);
        object.write(ByteBuffer.wrap(new ByteWriter(trailer.remaining() + PackFormat.FOOTER_BYTES)
                .bytes(trailer)
                .bytes(footer.encode())
                .toByteArray()));
        object.commit(ObjectNames.pack(pack));
        return decoded;
    }

    private PackTrailer decodeAgain(PackId pack, int trailerOffset, ByteBuffer trailer) throws IOException {
        Envelope.Opened opened = trailers.open(resource, trailerOffset, trailer);
        PackTrailer decoded = PackTrailer.decode(resource, pack, opened.kind(), trailerOffset, opened.plain());
        if (!decoded.frames().equals(frames) || decoded.chunkCount() != chunkCount) {
            throw new CorruptException(resource, trailerOffset, "the trailer does not say what was written");
        }
        return decoded;
    }

    private void requireUsable() {
        if (!usable) {
            throw new IllegalStateException("the pack is committed, closed or failed");
        }
    }

    @Override
    public void close() throws IOException {
        usable = false;
        object.close();
    }
}
