package dev.varve.index;

import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import dev.varve.model.UnsupportedFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The file {@code segments}: which segments make up the index, oldest first (docs/format.md, "Segment list"). Immutable.
 *
 * @param dropped packs that segments cover but whose entries do not count: they are gone, or are to be entered again
 * @param shadowed packs of which an entry was left out, in a merge or before, since another pack has the chunk, too
 */
record SegmentList(List<Entry> entries, Set<PackId> dropped, Set<PackId> shadowed) {
    static final byte[] MAGIC = "VARVELST".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 2;
    static final int FIRST_VERSION = 1;
    static final int HEADER_BYTES = 16;
    static final int ENTRY_BYTES = 28;
    static final int MAX_SEGMENTS = 10_000;
    static final int MAX_PACKS = 65_536;
    static final int MAX_BYTES = HEADER_BYTES + MAX_SEGMENTS * ENTRY_BYTES + 2 * (4 + MAX_PACKS * PackId.BYTES) + 4;
    static final SegmentList EMPTY = new SegmentList(List.of(), Set.of(), Set.of());

    SegmentList {
        entries = List.copyOf(entries);
        dropped = Set.copyOf(dropped);
        shadowed = Set.copyOf(shadowed);
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
        int packBytes = 2 * Integer.BYTES + (dropped.size() + shadowed.size()) * PackId.BYTES;
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + entries.size() * ENTRY_BYTES + packBytes + 4)
                .order(ByteOrder.LITTLE_ENDIAN);
        out.put(MAGIC).putInt(VERSION).putInt(entries.size());
        for (Entry entry : entries) {
            out.putLong(entry.name)
                    .putLong(entry.chunks)
                    .putLong(entry.fileBytes)
                    .putInt(entry.footerCrc);
        }
        encode(dropped, out);
        encode(shadowed, out);
        return out.putInt(SegmentFormat.crc(out.duplicate().flip())).flip();
    }

    /** As they are in segments: the bytes of the id. */
    private static void encode(Set<PackId> packs, ByteBuffer out) {
        out.putInt(packs.size());
        for (PackId pack : new TreeSet<>(packs)) {
            out.putLong(Long.reverseBytes(pack.high())).putLong(Long.reverseBytes(pack.low()));
        }
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
        if (version < FIRST_VERSION || version > VERSION) {
            throw new UnsupportedFormatException(resource, "list version " + version, "version " + VERSION);
        }
        int count = in.getInt(12);
        if (count < 0 || count > MAX_SEGMENTS || HEADER_BYTES + count * ENTRY_BYTES > body) {
            throw new CorruptException(resource, 12, "count " + count + " does not fit the file");
        }
        List<Entry> entries = new ArrayList<>(count);
        in.position(HEADER_BYTES);
        for (int i = 0; i < count; i++) {
            entries.add(new Entry(in.getLong(), in.getLong(), in.getLong(), in.getInt()));
        }
        in.limit(body);
        boolean hasPacks = version > FIRST_VERSION;
        Set<PackId> dropped = hasPacks ? packs(resource, in) : Set.of();
        Set<PackId> shadowed = hasPacks ? packs(resource, in) : Set.of();
        if (in.hasRemaining()) {
            throw new CorruptException(resource, in.position(), "more than a list");
        }
        return new SegmentList(entries, dropped, shadowed);
    }

    private static Set<PackId> packs(String resource, ByteBuffer in) throws CorruptException {
        int count = in.remaining() < Integer.BYTES ? -1 : in.getInt();
        if (count < 0 || count > MAX_PACKS || count * PackId.BYTES > in.remaining()) {
            throw new CorruptException(resource, in.position(), "a number of packs that does not fit the file");
        }
        Set<PackId> packs = new HashSet<>();
        for (int i = 0; i < count; i++) {
            packs.add(new PackId(Long.reverseBytes(in.getLong()), Long.reverseBytes(in.getLong())));
        }
        return packs;
    }

    /** With a segment in which packs are entered, from now on or again. */
    SegmentList with(Entry newest, Collection<PackId> packs, Collection<PackId> newlyShadowed) {
        List<Entry> longer = new ArrayList<>(entries);
        longer.add(newest);
        Set<PackId> stillDropped = new HashSet<>(dropped);
        packs.forEach(stillDropped::remove);
        return new SegmentList(longer, stillDropped, shadowedToo(newlyShadowed));
    }

    SegmentList without(Set<Long> names) {
        return new SegmentList(
                entries.stream().filter(entry -> !names.contains(entry.name)).toList(), dropped, shadowed);
    }

    /** Without the entries of these packs, and without those of shadowed ones: what those were left out for may be gone. */
    SegmentList drop(Collection<PackId> gone) {
        Set<PackId> more = new HashSet<>(dropped);
        more.addAll(gone);
        more.addAll(shadowed);
        return new SegmentList(entries, more, Set.of());
    }

    /** The list in which {@code merged} stands for the neighbours {@code [from, to)}. */
    SegmentList replace(
            int from, int to, Entry merged, Collection<PackId> stillDropped, Collection<PackId> newlyShadowed) {
        List<Entry> shorter = new ArrayList<>(entries.subList(0, from));
        shorter.add(merged);
        shorter.addAll(entries.subList(to, entries.size()));
        return new SegmentList(shorter, Set.copyOf(stillDropped), shadowedToo(newlyShadowed));
    }

    private Set<PackId> shadowedToo(Collection<PackId> more) {
        Set<PackId> all = new HashSet<>(shadowed);
        all.addAll(more);
        return all;
    }

    /** Whether it can be written: an index that drops and shadows more is better made anew. */
    boolean fits() {
        return dropped.size() <= MAX_PACKS && shadowed.size() <= MAX_PACKS;
    }
}
