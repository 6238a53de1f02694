package dev.varve.tier;

import dev.varve.codec.DecodedFrame;
import dev.varve.codec.Envelope;
import dev.varve.codec.EnvelopeHeader;
import dev.varve.codec.FrameReader;
import dev.varve.codec.FrameWriter;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.CorruptException;
import dev.varve.model.UnsupportedFormatException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Frames to files of the cache and back (docs/format.md, "Read cache"). Stored input is hostile; what comes out is
 * authentic and is of the frame and the place that was asked for. Thread safe.
 */
final class EntryCodec {
    private final FrameWriter writer;
    private final FrameReader reader;
    private final Envelope tables;

    EntryCodec(RepositoryKeys keys) {
        writer = new FrameWriter(keys.readCache());
        reader = new FrameReader(keys.readCache());
        tables = new Envelope(ReadCacheFormat.TABLE_MAGIC, keys.readCache());
    }

    /**
     * A table as it was found in a file.
     *
     * @param table what it says
     * @param length its bytes in the file, behind which the parts begin
     */
    record StoredTable(PartTable table, int length) {
        long offsetOf(PartTable.Part part) {
            return length + table.offsetOf(part);
        }
    }

    /** The file of a whole frame, in pieces that follow one another. Memory: the frame once more, compressed. */
    ByteBuffer[] seal(EntryName name, DecodedFrame whole) {
        List<ByteBuffer> pieces = new ArrayList<>();
        List<PartTable.Part> parts = new ArrayList<>();
        for (int number = 0; number < whole.partLimit(); number++) {
            DecodedFrame part = whole.part(number);
            if (part != null) {
                ByteBuffer stored = writer.seal(part);
                pieces.add(stored);
                parts.add(PartTable.Part.of(part.offset(0), stored));
            }
        }
        pieces.add(0, tables.seal(0, new PartTable(name, parts).encode().toBuffer()));
        return pieces.toArray(ByteBuffer[]::new);
    }

    /**
     * @param resource the file, for messages
     * @param start its first {@link ReadCacheFormat#MAX_TABLE_BYTES}, or all of it
     * @param fileBytes its length, which must be what the table says
     */
    StoredTable openTable(String resource, EntryName name, ByteBuffer start, long fileBytes)
            throws CorruptException, UnsupportedFormatException {
        EnvelopeHeader header = EnvelopeHeader.decode(resource, 0, ReadCacheFormat.TABLE_MAGIC, start);
        int length = header.storedLength();
        if (length > start.remaining()) {
            throw new CorruptException(resource, 0, "no table has " + length + " bytes here");
        }
        Envelope.Opened opened = tables.open(resource, 0, start.slice(start.position(), length));
        if (opened.kind() != 0) {
            throw new CorruptException(resource, 0, "table kind " + opened.kind() + " is unknown");
        }
        PartTable table = PartTable.decode(resource, name, opened.plain());
        if (length + table.storedLength() != fileBytes) {
            throw new CorruptException(
                    resource, -1, "has " + fileBytes + " bytes, its table says " + (length + table.storedLength()));
        }
        return new StoredTable(table, length);
    }

    /** @param stored bytes of which {@code part} said that they are its own */
    DecodedFrame openPart(String resource, long offset, PartTable.Part part, ByteBuffer stored)
            throws CorruptException, UnsupportedFormatException {
        DecodedFrame frame = reader.decode(resource, offset, stored);
        if (frame.dataLength() > EnvelopeHeader.MAX_PLAIN_BYTES - part.base()) {
            throw new CorruptException(resource, offset, "the part is longer than a frame has room for");
        }
        return frame.movedTo(part.base());
    }
}
