package dev.varve.pack;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.bytes.ScratchBuffers;
import dev.varve.codec.DecodedFrame;
import dev.varve.codec.Envelope;
import dev.varve.codec.EnvelopeHeader;
import dev.varve.codec.FrameReader;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.crypto.Sealer;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads frames and trailers of the packs in a backend (docs/format.md, "Pack"). Stored input is hostile; what comes out is
 * authenticated, and every error names pack and offset. A frame does not know where it lies, so whoever asks for a chunk
 * holds the frame against the chunk's id ({@link DecodedFrame#holds}). Thread safe. Memory: up to {@value #SCRATCH} scratch
 * arrays as large as the largest frame or trailer read.
 */
public final class PackReader {
    private static final int SCRATCH = 16;

    /** The most that is read of a pack's end at first. */
    private static final int MAX_TAIL_BYTES = 256 << 10;

    private static final int MIN_TAIL_BYTES = 4 << 10;

    private final Backend backend;
    private final RepositoryKeys keys;
    private final FrameReader frames;
    private final Envelope trailers;
    private final ScratchBuffers scratchBuffers = new ScratchBuffers(SCRATCH);

    /** How much of a pack its trailer is: the largest share seen, less and less so. Threads may overwrite each other's; it is a guess. */
    private volatile double trailerShare = 1.0 / 512;

    public PackReader(Backend backend, RepositoryKeys keys) {
        this.backend = backend;
        this.keys = keys;
        this.frames = new FrameReader(keys.frames());
        this.trailers = new Envelope(PackFormat.TRAILER_MAGIC, keys.trailers());
    }

    /**
     * Reads and opens the frame that occupies {@code [frameOffset, frameOffset + frameLength)} of a pack: one positional
     * read.
     *
     * @throws CorruptException if there is no whole, authentic frame there
     * @throws dev.varve.model.NotFoundException if there is no such pack
     */
    public DecodedFrame readFrame(PackId pack, int frameOffset, int frameLength) throws IOException {
        String resource = ObjectNames.pack(pack);
        if (frameOffset < PackFormat.HEADER_BYTES
                || frameLength < EnvelopeHeader.BYTES + Sealer.TAG_BYTES
                || frameLength > EnvelopeHeader.MAX_STORED_BYTES) {
            throw new CorruptException(resource, frameOffset, "no frame can have " + frameLength + " bytes here");
        }
        byte[] scratch = scratchBuffers.take(frameLength);
        ByteBuffer stored = ByteBuffer.wrap(scratch, 0, frameLength);
        int count = backend.read(resource, frameOffset, stored);
        if (count != frameLength) {
            throw new CorruptException(
                    resource, frameOffset, "ends after " + count + " of a frame's " + frameLength + " bytes");
        }
        DecodedFrame frame = frames.decode(resource, frameOffset, stored.flip());
        scratchBuffers.give(scratch);
        return frame;
    }

    /**
     * Asks for a pack's size, then {@link #readTrailer(PackId, long)}.
     *
     * @throws CorruptException if the pack is cut or damaged there, or is not the pack of that name
     */
    public PackTrailer readTrailer(PackId pack) throws IOException {
        return readTrailer(pack, backend.size(ObjectNames.pack(pack)));
    }

    /**
     * Reads the list of what is in a pack: one positional read of its end, two where there is more of it than in other packs.
     *
     * @param size bytes of the pack, as a listing says
     * @throws CorruptException if the pack is cut or damaged there, or is not the pack of that name
     */
    public PackTrailer readTrailer(PackId pack, long size) throws IOException {
        String resource = ObjectNames.pack(pack);
        if (size < PackFormat.HEADER_BYTES + PackFormat.FOOTER_BYTES || size > Integer.MAX_VALUE) {
            throw new CorruptException(resource, -1, "no pack has " + size + " bytes");
        }
        int tailLength = tailLength(size);
        ByteBuffer tail = readExactly(resource, size - tailLength, tailLength);
        PackFooter footer = PackFooter.decode(
                resource, size, tail.slice(tailLength - PackFormat.FOOTER_BYTES, PackFormat.FOOTER_BYTES));
        noteShare((double) (footer.trailerLength() + PackFormat.FOOTER_BYTES) / size);
        int tailOffset = (int) size - tailLength;
        ByteBuffer trailer = footer.trailerOffset() >= tailOffset
                ? tail.slice(footer.trailerOffset() - tailOffset, footer.trailerLength())
                : readExactly(resource, footer.trailerOffset(), footer.trailerLength());
        if (!idOf(keys, trailer).equals(pack)) {
            throw new CorruptException(resource, footer.trailerOffset(), "the trailer is not that of this pack");
        }
        Envelope.Opened opened = trailers.open(resource, footer.trailerOffset(), trailer);
        return PackTrailer.decode(resource, pack, opened.kind(), footer.trailerOffset(), opened.plain());
    }

    private int tailLength(long size) {
        long guess = MIN_TAIL_BYTES + (long) (size * trailerShare);
        return (int) Math.min(size, Math.min(guess, MAX_TAIL_BYTES));
    }

    private void noteShare(double seen) {
        double share = trailerShare;
        trailerShare = seen > share ? seen : share + (seen - share) / 64;
    }

    /** Reads the first bytes of a pack. @throws CorruptException also if it is another repository's */
    public PackHeader readHeader(PackId pack) throws IOException {
        String resource = ObjectNames.pack(pack);
        ByteBuffer start = ByteBuffer.allocate(PackFormat.HEADER_BYTES);
        backend.read(resource, 0, start);
        PackHeader header = PackHeader.decode(resource, start.flip());
        if (!header.repository().equals(keys.repository())) {
            throw new CorruptException(resource, 8, "belongs to repository " + header.repository());
        }
        return header;
    }

    /** The name that a sealed trailer gives its pack. */
    static PackId idOf(RepositoryKeys keys, ByteBuffer sealedTrailer) {
        ByteBuffer hash = ByteBuffer.wrap(keys.objectNames().hash(sealedTrailer));
        return new PackId(hash.getLong(), hash.getLong());
    }

    private ByteBuffer readExactly(String resource, long offset, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        if (backend.read(resource, offset, target) != length) {
            throw new CorruptException(resource, offset, "became shorter while it was read");
        }
        return target.flip();
    }
}
