package dev.varve.index;

import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import org.mapdb.SortedTableMap;

/**
 * One open segment: a sorted table of chunks with a filter before it (docs/format.md, "Index segments").
 *
 * <p>Opening checks the footer, the fences, the checksum table and the pack table; body and filter are verified page by
 * page as they are first touched. Whatever MapDB throws on a crafted file leaves here as a CorruptException.
 *
 * <p>Thread safe and immutable. Nothing to close: the file is mapped, its descriptor closed at once, and the mapping goes
 * with the last reference; so a segment that was merged away, even deleted, stays readable for whoever still uses it.
 * Memory: 40 bytes a pack and one a page; all else is page cache.
 */
final class Segment {
    private final SegmentList.Entry entry;
    private final String resource;
    private final SegmentFormat format;
    private final PackId[] packs;
    private final PageChecks checks;
    private final SegmentFilter filter;
    private final SortedTableMap<ChunkId, Located> map;

    private Segment(
            SegmentList.Entry entry,
            String resource,
            SegmentFormat format,
            PackId[] packs,
            PageChecks checks,
            SegmentFilter filter,
            SortedTableMap<ChunkId, Located> map) {
        this.entry = entry;
        this.resource = resource;
        this.format = format;
        this.packs = packs;
        this.checks = checks;
        this.filter = filter;
        this.map = map;
    }

    /**
     * Opens a listed segment.
     *
     * @throws java.nio.file.NoSuchFileException if it is gone
     * @throws CorruptException if it is not the file that was listed
     */
    static Segment open(Path directory, SegmentList.Entry entry) throws IOException {
        Path path = directory.resolve(entry.fileName());
        String resource = path.toString();
        SegmentFormat format;
        ByteBuffer file;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long length = channel.size();
            if (length != entry.fileBytes() || length < SegmentFormat.FOOTER_BYTES || length > Integer.MAX_VALUE) {
                throw new CorruptException(
                        resource, -1, "has " + length + " bytes where the list says " + entry.fileBytes());
            }
            ByteBuffer footer = read(channel, length - SegmentFormat.FOOTER_BYTES, SegmentFormat.FOOTER_BYTES);
            format = SegmentFormat.decode(resource, footer, length);
            if (footer.order(ByteOrder.LITTLE_ENDIAN).getInt(SegmentFormat.FOOTER_BYTES - 4) != entry.footerCrc()
                    || format.entries() != entry.chunks()) {
                throw new CorruptException(resource, length - 4, "is another segment than the list says");
            }
            file = channel.map(FileChannel.MapMode.READ_ONLY, 0, length);
        } catch (EOFException e) {
            throw new CorruptException(resource, -1, "was cut while it was opened");
        }
        PageChecks checks = new PageChecks(resource, format, file);
        try {
            ByteBuffer directoryPart = slice(file, format.fencesOffset(), format.footerOffset());
            if (SegmentFormat.crc(directoryPart.duplicate()) != format.directoryCrc()) {
                throw new CorruptException(resource, format.fencesOffset(), "directory checksum does not match");
            }
            PackId[] packs = readPacks(resource, format, file);
            SegmentFilter filter = new SegmentFilter(slice(file, format.bodyBytes(), format.fencesOffset()), checks);
            return new Segment(
                    entry, resource, format, packs, checks, filter, openMap(resource, format, file, checks, packs));
        } catch (RuntimeException | AssertionError | InternalError e) {
            throw corrupt(resource, e);
        }
    }

    private static SortedTableMap<ChunkId, Located> openMap(
            String resource, SegmentFormat format, ByteBuffer file, PageChecks checks, PackId[] packs)
            throws CorruptException {
        if (format.entries() == 0) {
            return null;
        }
        SegmentVolume volume = new SegmentVolume(format, file, checks);
        long mapPages = volume.getLong(24) + 1; // MapDB counts the pages behind the first
        long mapPageBytes = volume.getLong(32);
        if (mapPages != format.pages() || mapPageBytes != 1L << format.pageShift()) {
            throw new CorruptException(resource, 24, "the table's pages are not those of the footer");
        }
        SortedTableMap<ChunkId, Located> map = new SortedTableMap<>(
                new KeySerializer(format.pageShift(), file, (int) format.fencesOffset(), format.pages()),
                new LocationSerializer(format.pageShift(), packs),
                mapPageBytes,
                volume,
                true);
        if (map.sizeLong() != format.entries()) {
            throw new CorruptException(resource, 16, "the table's size is not that of the footer");
        }
        volume.opened();
        return map;
    }

    private static PackId[] readPacks(String resource, SegmentFormat format, ByteBuffer file) throws CorruptException {
        PackId[] packs = new PackId[format.packs()];
        int offset = (int) format.packsOffset();
        for (int i = 0; i < packs.length; i++, offset += PackId.BYTES) {
            packs[i] = new PackId(file.getLong(offset), file.getLong(offset + 8));
            if (i > 0 && packs[i - 1].compareTo(packs[i]) >= 0) {
                throw new CorruptException(resource, offset, "pack table out of order");
            }
        }
        return packs;
    }

    private static ByteBuffer slice(ByteBuffer file, long from, long to) {
        return file.slice((int) from, (int) (to - from));
    }

    private static ByteBuffer read(FileChannel channel, long offset, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        while (target.hasRemaining()) {
            if (channel.read(target, offset + target.position()) < 0) {
                throw new EOFException();
            }
        }
        return target.flip();
    }

    private static CorruptException corrupt(String resource, Throwable failure) {
        if (failure instanceof UncheckedIOException io && io.getCause() instanceof CorruptException known) {
            return known;
        }
        CorruptException corrupt = new CorruptException(resource, -1, "not a sound table: " + failure);
        corrupt.initCause(failure);
        return corrupt;
    }

    SegmentList.Entry entry() {
        return entry;
    }

    String resource() {
        return resource;
    }

    long size() {
        return format.entries();
    }

    /** Sorted. */
    PackId[] packs() {
        return packs;
    }

    boolean coversPack(PackId pack) {
        return Arrays.binarySearch(packs, pack) >= 0;
    }

    /** What is said of a chunk, or null. */
    Located find(ChunkId id) throws CorruptException {
        try {
            return filter.mayContain(id) ? map.get(id) : null;
        } catch (RuntimeException | AssertionError | InternalError e) {
            throw corrupt(resource, e);
        }
    }

    /** All entries in key order. Memory: one node, about 200 KiB. */
    SegmentCursor cursor() throws CorruptException {
        return new SegmentCursor();
    }

    /** Reads all of it: checksums, order of keys, ordinals, and that the filter knows every key. */
    void verify() throws CorruptException {
        try {
            for (int unit = 0; unit < checks.count(); unit++) {
                checks.verify(unit);
            }
            SegmentCursor cursor = cursor();
            ChunkId previous = null;
            long count = 0;
            while (cursor.next()) {
                ChunkId id = cursor.id();
                if (previous != null && previous.compareTo(id) >= 0
                        || cursor.located().ordinal() != count) {
                    throw new CorruptException(resource, -1, "entry " + count + " is out of order");
                }
                if (!cursor.located().equals(find(id))) {
                    throw new CorruptException(resource, -1, "entry " + count + " is not found by its key");
                }
                previous = id;
                count++;
            }
            if (count != size()) {
                throw new CorruptException(resource, -1, "holds " + count + " entries, not " + size());
            }
        } catch (RuntimeException | AssertionError | InternalError e) {
            throw corrupt(resource, e);
        }
    }

    /** A walk over a segment's entries in key order. Not thread safe. */
    final class SegmentCursor {
        private final Iterator<Map.Entry<ChunkId, Located>> entries;
        private ChunkId id;
        private Located located;

        private SegmentCursor() throws CorruptException {
            try {
                entries = map == null ? Collections.emptyIterator() : map.entryIterator();
            } catch (RuntimeException | AssertionError | InternalError e) {
                throw corrupt(resource, e);
            }
        }

        boolean next() throws CorruptException {
            try {
                if (!entries.hasNext()) {
                    return false;
                }
                Map.Entry<ChunkId, Located> next = entries.next();
                id = next.getKey();
                located = next.getValue();
                return true;
            } catch (RuntimeException | AssertionError | InternalError e) {
                throw corrupt(resource, e);
            }
        }

        ChunkId id() {
            return id;
        }

        Located located() {
            return located;
        }
    }
}
