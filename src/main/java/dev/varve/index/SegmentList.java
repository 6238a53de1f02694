package dev.varve.index;

import dev.varve.model.CorruptException;
import dev.varve.model.UnsupportedFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The file {@code segments}: which segments make up the index, oldest first (docs/format.md, "Segment list"). Immutable.
 */
record SegmentList(List<Entry> entries) {
    static final byte[] MAGIC = "VARVELST".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 1;
    static final int HEADER_BYTES = 16;
    static final int ENTRY_BYTES = 28;
    static final int MAX_SEGMENTS = 10_000;
    static final int MAX_BYTES = HEADER_BYTES + MAX_SEGMENTS * ENTRY_BYTES + 4;
    static final SegmentList EMPTY = new SegmentList(List.of());

    SegmentList {
        entries = List.copyOf(entries);
    }

    /**
     * One segment.
     *
     * @param name a random number; the file is its 16 hexadecimal digits and {@code .segment}
     * @param chunks entries in it
     * @param fileBytes its length
     * @param footerCrc the last four bytes of its footer, so that no other file is taken for it
     */
    record Entry(long name, long chunks, long fileBytes, int footerCrc) {
        String fileName() {
            return String.format("%016x.segment", name);
        }
    }

    ByteBuffer encode() {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + entries.size() * ENTRY_BYTES + 4)
                .order(ByteOrder.LITTLE_ENDIAN);
        out.put(MAGIC).putInt(VERSION).putInt(entries.size());
        for (Entry entry : entries) {
            out.putLong(entry.name)
                    .putLong(entry.chunks)
                    .putLong(entry.fileBytes)
                    .putInt(entry.footerCrc);
        }
        return out.putInt(SegmentFormat.crc(out.duplicate().flip())).flip();
    }

    /** @throws CorruptException unless the bytes are a whole, undamaged list */
    static SegmentList decode(String resource, byte[] bytes) throws IOException {
        if (bytes.length < HEADER_BYTES + 4
                || bytes.length > MAX_BYTES
                || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new CorruptException(resource, 0, "not a segment list");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int body = bytes.length - 4;
        if (in.getInt(body) != SegmentFormat.crc(ByteBuffer.wrap(bytes, 0, body))) {
            throw new CorruptException(resource, body, "checksum does not match");
        }
        int version = in.getInt(8);
        if (version != VERSION) {
            throw new UnsupportedFormatException(resource, "list version " + version, "version " + VERSION);
        }
        int count = in.getInt(12);
        if (count < 0 || count > MAX_SEGMENTS || HEADER_BYTES + count * ENTRY_BYTES != body) {
            throw new CorruptException(resource, 12, "count " + count + " does not fit the file");
        }
        List<Entry> entries = new ArrayList<>(count);
        in.position(HEADER_BYTES);
        for (int i = 0; i < count; i++) {
            entries.add(new Entry(in.getLong(), in.getLong(), in.getLong(), in.getInt()));
        }
        return new SegmentList(entries);
    }

    SegmentList with(Entry newest) {
        List<Entry> longer = new ArrayList<>(entries);
        longer.add(newest);
        return new SegmentList(longer);
    }

    SegmentList without(Set<Long> names) {
        return new SegmentList(
                entries.stream().filter(entry -> !names.contains(entry.name)).toList());
    }

    /** The list in which {@code merged} stands for the neighbours {@code [from, to)}. */
    SegmentList replace(int from, int to, Entry merged) {
        List<Entry> shorter = new ArrayList<>(entries.subList(0, from));
        shorter.add(merged);
        shorter.addAll(entries.subList(to, entries.size()));
        return new SegmentList(shorter);
    }
}
