package dev.varve.tier;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.codec.DecodedFrame;
import dev.varve.codec.EnvelopeHeader;
import dev.varve.crypto.Sealer;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What a file of the cache begins with: whose frame it is and where each part lies (docs/format.md, "Read cache"). Since it
 * has the tags of the parts, no other bytes can be taken for one of them. Immutable. Memory: 100 bytes a part.
 *
 * @param parts in the order of the frame
 */
record PartTable(EntryName name, List<Part> parts) {
    /**
     * One part.
     *
     * @param base where its first chunk begins in the frame's plaintext
     * @param storedLength bytes in the file
     * @param tag the last bytes of it
     */
    record Part(int base, int storedLength, ByteString tag) {
        int number() {
            return DecodedFrame.partOf(base);
        }

        /** @param stored a part's whole bytes, from position to limit */
        static Part of(int base, ByteBuffer stored) {
            return new Part(base, stored.remaining(), tagOf(stored));
        }

        /** Whether these bytes are the part's, as far as the seal's tag says. */
        boolean is(ByteBuffer stored) {
            return stored.remaining() == storedLength && tagOf(stored).equals(tag);
        }

        private static ByteString tagOf(ByteBuffer stored) {
            byte[] tag = new byte[Sealer.TAG_BYTES];
            stored.get(stored.limit() - tag.length, tag);
            return ByteString.of(tag);
        }
    }

    PartTable {
        parts = List.copyOf(parts);
    }

    /** The part of this number; null when there is none. */
    Part part(int number) {
        for (Part part : parts) {
            if (part.number() == number) {
                return part;
            }
        }
        return null;
    }

    /** Where a part lies behind the table, in bytes. */
    long offsetOf(Part wanted) {
        long offset = 0;
        for (Part part : parts) {
            if (part.base() == wanted.base()) {
                return offset;
            }
            offset += part.storedLength();
        }
        throw new IllegalArgumentException("not a part of this frame: " + wanted);
    }

    /** Bytes of all parts in the file. */
    long storedLength() {
        return parts.stream().mapToLong(Part::storedLength).sum();
    }

    ByteWriter encode() {
        ByteWriter writer = new ByteWriter(ReadCacheFormat.MAX_TABLE_BYTES)
                .u64(Long.reverseBytes(name.pack().high()))
                .u64(Long.reverseBytes(name.pack().low()))
                .u32(name.frameOffset())
                .u32(parts.size());
        for (Part part : parts) {
            writer.u32(part.base()).u32(part.storedLength()).bytes(part.tag());
        }
        return writer;
    }

    /**
     * @param resource the file, for messages
     * @param name of the frame that the file should hold
     */
    static PartTable decode(String resource, EntryName name, byte[] plain) throws CorruptException {
        ByteReader reader = ByteReader.of(resource, plain);
        ByteReader id = ByteReader.of(resource, 0, reader.view(2 * Long.BYTES), ByteOrder.BIG_ENDIAN);
        if (id.u64() != name.pack().high() || id.u64() != name.pack().low() || reader.u32() != name.frameOffset()) {
            throw reader.corrupt("holds another frame than its name says");
        }
        int count = reader.u32("number of parts", 1, ReadCacheFormat.MAX_PARTS);
        List<Part> parts = new ArrayList<>(count);
        int number = -1;
        for (int i = 0; i < count; i++) {
            Part part = new Part(
                    reader.u32("start of a part", 0, EnvelopeHeader.MAX_PLAIN_BYTES - 1),
                    reader.u32(
                            "length of a part",
                            EnvelopeHeader.BYTES + Sealer.TAG_BYTES,
                            EnvelopeHeader.MAX_STORED_BYTES),
                    reader.byteString(Sealer.TAG_BYTES));
            if (part.number() <= number) {
                throw reader.corrupt("part " + part.number() + " follows part " + number);
            }
            number = part.number();
            parts.add(part);
        }
        reader.expectEnd();
        return new PartTable(name, parts);
    }
}
