package dev.varve.pack;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.codec.EnvelopeHeader;
import dev.varve.codec.FrameChunk;
import dev.varve.codec.FrameFormat;
import dev.varve.codec.SealedFrame;
import dev.varve.crypto.Sealer;
import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The list of a pack's frames and chunks (docs/format.md, "Pack trailer"). Immutable. Memory: its plaintext (36 bytes a
 * chunk) and some 80 bytes a frame; locations are made while visiting. A value of this class has passed all checks that the
 * trailer alone allows: frames follow one another from the header to the trailer, and chunks fill their frames.
 */
public final class PackTrailer {
    private final PackId pack;
    private final PackKind kind;
    private final List<Frame> frames;
    private final ByteBuffer chunks;

    private PackTrailer(PackId pack, PackKind kind, List<Frame> frames, ByteBuffer chunks) {
        this.pack = pack;
        this.kind = kind;
        this.frames = frames;
        this.chunks = chunks;
    }

    /**
     * A frame of the pack.
     *
     * @param offset bytes from the start of the pack
     * @param length stored bytes
     * @param plainLength bytes of its plaintext
     * @param chunkCount chunks in it
     * @param tag the last 16 stored bytes: ties this frame to this place
     */
    public record Frame(int offset, int length, int plainLength, int chunkCount, ByteString tag) {}

    public PackId pack() {
        return pack;
    }

    public PackKind kind() {
        return kind;
    }

    public List<Frame> frames() {
        return frames;
    }

    public int chunkCount() {
        return chunks.remaining() / PackFormat.TRAILER_CHUNK_BYTES;
    }

    /** Shows every chunk, in the order in which they lie. */
    public void forEachChunk(PackVisitor visitor) throws IOException {
        ByteReader reader = ByteReader.of("trailer of pack " + pack, chunks);
        for (Frame frame : frames) {
            int offset = 0;
            for (int i = 0; i < frame.chunkCount(); i++) {
                ChunkId id = ChunkId.read(reader.view(ChunkId.BYTES));
                int length = reader.i32();
                visitor.chunk(id, new ChunkLocation(pack, frame.offset(), frame.length(), offset, length));
                offset += length;
            }
        }
    }

    public List<PackEntry> entries() throws IOException {
        List<PackEntry> entries = new ArrayList<>(chunkCount());
        forEachChunk((id, location) -> entries.add(new PackEntry(id, location)));
        return entries;
    }

    /** The trailer's plaintext. */
    static byte[] encode(List<Frame> frames, List<List<FrameChunk>> chunks) {
        int chunkCount = chunks.stream().mapToInt(List::size).sum();
        ByteWriter writer = new ByteWriter(8
                        + frames.size() * PackFormat.TRAILER_FRAME_BYTES
                        + chunkCount * PackFormat.TRAILER_CHUNK_BYTES)
                .u32(frames.size())
                .u32(chunkCount);
        for (Frame frame : frames) {
            writer.u32(frame.offset())
                    .u32(frame.length())
                    .u32(frame.plainLength())
                    .u32(frame.chunkCount())
                    .bytes(frame.tag());
        }
        for (List<FrameChunk> ofFrame : chunks) {
            for (FrameChunk chunk : ofFrame) {
                writer.bytes(chunk.id().toBytes()).u32(chunk.length());
            }
        }
        return writer.toByteArray();
    }

    static Frame frameOf(int offset, SealedFrame frame) {
        ByteBuffer stored = frame.stored();
        byte[] tag = new byte[Sealer.TAG_BYTES];
        stored.get(stored.limit() - Sealer.TAG_BYTES, tag);
        return new Frame(
                offset,
                frame.storedLength(),
                frame.plainLength(),
                frame.chunks().size(),
                ByteString.of(tag));
    }

    /**
     * @param trailerOffset where the frames must end
     * @param plain the opened trailer
     */
    static PackTrailer decode(String resource, PackId pack, int kindCode, int trailerOffset, byte[] plain)
            throws CorruptException {
        PackKind kind = FrameFormat.kind(kindCode);
        if (kind == null) {
            throw new CorruptException(resource, trailerOffset, "pack kind " + kindCode + " is unknown");
        }
        ByteReader reader = ByteReader.of(resource + " trailer", plain);
        long frameCount = reader.u32();
        long chunkCount = reader.u32();
        if (frameCount * PackFormat.TRAILER_FRAME_BYTES + chunkCount * PackFormat.TRAILER_CHUNK_BYTES
                != reader.remaining()) {
            throw reader.corrupt(frameCount + " frames and " + chunkCount + " chunks do not fill the trailer");
        }
        List<Frame> frames = new ArrayList<>((int) frameCount);
        ByteReader lengths = ByteReader.of(resource + " trailer", plain);
        lengths.seek(8 + frameCount * PackFormat.TRAILER_FRAME_BYTES);
        long expectedOffset = PackFormat.HEADER_BYTES;
        for (int i = 0; i < frameCount; i++) {
            long offset = reader.u32();
            int length = reader.u32(
                    "frame length", EnvelopeHeader.BYTES + Sealer.TAG_BYTES, EnvelopeHeader.MAX_STORED_BYTES);
            int plainLength = reader.u32("frame plaintext length", 0, EnvelopeHeader.MAX_PLAIN_BYTES);
            int chunksHere = reader.u32("frame chunk count", 1, FrameFormat.MAX_CHUNKS);
            if (offset != expectedOffset || offset + length > trailerOffset) {
                throw reader.corrupt("frame " + i + " does not lie where it must");
            }
            expectedOffset = offset + length;
            checkChunks(lengths, chunksHere, plainLength);
            frames.add(new Frame((int) offset, length, plainLength, chunksHere, reader.byteString(Sealer.TAG_BYTES)));
        }
        lengths.expectEnd();
        if (expectedOffset != trailerOffset) {
            throw reader.corrupt("the frames do not reach the trailer");
        }
        return new PackTrailer(
                pack, kind, List.copyOf(frames), ByteBuffer.wrap(plain).slice(reader.position(), reader.remaining()));
    }

    private static void checkChunks(ByteReader lengths, int count, int plainLength) throws CorruptException {
        long sum = (long) count * FrameFormat.TABLE_ENTRY_BYTES + Integer.BYTES;
        for (int i = 0; i < count; i++) {
            lengths.skip(ChunkId.BYTES);
            sum += lengths.u32("chunk length", 1, FrameFormat.MAX_DATA_BYTES);
        }
        if (sum != plainLength) {
            throw lengths.corrupt("chunks do not fill their frame");
        }
    }
}
