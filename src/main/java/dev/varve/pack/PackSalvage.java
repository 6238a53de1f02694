package dev.varve.pack;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.codec.DecodedFrame;
import dev.varve.codec.EnvelopeHeader;
import dev.varve.codec.FrameFormat;
import dev.varve.codec.FrameReader;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import dev.varve.model.VarveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the chunks of a pack whose trailer is lost (docs/format.md, "Pack", salvage): walks the frames by their headers,
 * opens each and hashes its chunks again. Damaged frames are skipped and reported; behind a damaged header it looks for the
 * next one byte by byte. Input is hostile: every step moves forward. Thread safe. Memory: one frame, and what it returns.
 */
public final class PackSalvage {
    private static final int WINDOW_BYTES = 1 << 20;

    private final Backend backend;
    private final RepositoryKeys keys;
    private final FrameReader frames;

    public PackSalvage(Backend backend, RepositoryKeys keys) {
        this.backend = backend;
        this.keys = keys;
        this.frames = new FrameReader(keys.frames());
    }

    /**
     * What could be saved.
     *
     * @param entries the chunks of all whole frames
     * @param damage one error for each place that could not be read
     */
    public record Result(List<PackEntry> entries, List<CorruptException> damage) {}

    /** @throws dev.varve.model.BackendException if reading itself fails: then nothing can be said of the pack */
    public Result salvage(PackId pack) throws IOException {
        String resource = ObjectNames.pack(pack);
        long size = backend.size(resource);
        if (size > PackFormat.MAX_BYTES) {
            throw new CorruptException(resource, -1, "no pack has " + size + " bytes");
        }
        List<PackEntry> entries = new ArrayList<>();
        List<CorruptException> damage = new ArrayList<>();
        int end = (int) size;
        int at = Math.min(PackFormat.HEADER_BYTES, end);
        while (at < end) {
            EnvelopeHeader header = headerAt(resource, at, FrameFormat.MAGIC);
            if (header == null) {
                int next = nextHeader(resource, at, end);
                if (!isTrailerAt(resource, at)) {
                    damage.add(
                            new CorruptException(resource, at, "no frame here; " + (next - at) + " bytes are skipped"));
                }
                at = next;
            } else if (header.storedLength() > end - at) {
                damage.add(new CorruptException(resource, at, "the pack ends inside this frame"));
                at = nextHeader(resource, at + 1, end);
            } else {
                salvageFrame(pack, at, header.storedLength(), entries, damage);
                at += header.storedLength();
            }
        }
        return new Result(List.copyOf(entries), List.copyOf(damage));
    }

    private void salvageFrame(PackId pack, int at, int length, List<PackEntry> entries, List<CorruptException> damage)
            throws IOException {
        String resource = ObjectNames.pack(pack);
        DecodedFrame frame;
        try {
            frame = frames.decode(resource, at, read(resource, at, length));
        } catch (CorruptException e) {
            damage.add(e);
            return;
        }
        for (int i = 0; i < frame.chunkCount(); i++) {
            entries.add(new PackEntry(
                    frame.id(i, keys.chunkIds()),
                    new ChunkLocation(pack, at, length, frame.offset(i), frame.length(i))));
        }
    }

    /** A whole trailer is the pack's regular end, and no damage. */
    private boolean isTrailerAt(String resource, int at) throws IOException {
        return headerAt(resource, at, PackFormat.TRAILER_MAGIC) != null;
    }

    /** The header at {@code at}, or null when none that this version can read is there. */
    private EnvelopeHeader headerAt(String resource, int at, int magic) throws IOException {
        ByteBuffer stored = read(resource, at, EnvelopeHeader.BYTES);
        return headerIn(resource, at, magic, stored);
    }

    /** Null for whatever is wrong with it: the caller goes on looking and reports the place. */
    private static EnvelopeHeader headerIn(String resource, int at, int magic, ByteBuffer stored) {
        try {
            return EnvelopeHeader.decode(resource, at, magic, stored);
        } catch (VarveException notHere) {
            return null;
        }
    }

    /** Where the next sound frame header begins at or behind {@code from}; {@code end} when there is none. */
    private int nextHeader(String resource, int from, int end) throws IOException {
        int windowStart = from;
        while (end - windowStart >= EnvelopeHeader.BYTES) {
            ByteBuffer window = read(resource, windowStart, Math.min(WINDOW_BYTES, end - windowStart))
                    .order(ByteOrder.LITTLE_ENDIAN);
            int last = window.limit() - EnvelopeHeader.BYTES;
            for (int i = 0; i <= last; i++) {
                if (window.getInt(i) == FrameFormat.MAGIC
                        && headerIn(resource, windowStart + i, FrameFormat.MAGIC, window.slice(i, EnvelopeHeader.BYTES))
                                != null) {
                    return windowStart + i;
                }
            }
            windowStart += last + 1;
        }
        return end;
    }

    private ByteBuffer read(String resource, int at, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        backend.read(resource, at, target);
        return target.flip();
    }
}
