package dev.varve.index;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeSet;
import org.mapdb.DBException;
import org.mapdb.SortedTableMap;
import org.mapdb.volume.FileChannelVol;
import org.mapdb.volume.Volume;

/**
 * Writes one segment from entries in key order (docs/format.md, "Index segments"). The table goes to a temporary file as
 * MapDB fills its pages, the filter beside it; then the pages are read back for their checksums, and filter, fences,
 * checksums, packs and footer follow. The segment gets its name only after all of it is on disk.
 *
 * <p>Not thread safe; unusable after its first error. Closing it unfinished removes what it wrote. Memory: two nodes
 * (about 400 KiB) and 0.5 bytes for each 1000 bytes of the segment.
 */
final class SegmentWriter implements Closeable {
    static final String TEMPORARY_SUFFIX = ".tmp";

    private final Path directory;
    private final long name;
    private final Path temporary;
    private final Path filterTemporary;
    private final long maxEntries;
    private final int pageShift;
    private final int entriesPerPage;
    private final PackId[] packs;
    private final int filterBlocks;
    private final Volume volume;
    private final SortedTableMap.Sink<ChunkId, Located> sink;
    private final FileChannel filterChannel;
    private final ByteBuffer filterBuffer = ByteBuffer.allocate(1 << SegmentFormat.FILTER_UNIT_SHIFT);
    private final byte[] filterBlock = new byte[SegmentFilter.BLOCK_BYTES];
    private final ByteArrayOutputStream filterChecks = new ByteArrayOutputStream();
    private final ByteArrayOutputStream fences = new ByteArrayOutputStream();
    private int filterBlockNumber;
    private long entries;

    /**
     * Begins a segment.
     *
     * @param name a number that no segment has had
     * @param maxEntries no more will be put; sizes the filter
     * @param packs all that the entries name, and any others the segment is to cover
     */
    SegmentWriter(Path directory, long name, long maxEntries, Collection<PackId> packs) throws IOException {
        if (maxEntries > SegmentFormat.MAX_ENTRIES) {
            throw new IllegalArgumentException(
                    "a segment holds " + SegmentFormat.MAX_ENTRIES + " entries, not " + maxEntries);
        }
        this.directory = directory;
        this.name = name;
        this.maxEntries = maxEntries;
        this.temporary = directory.resolve(String.format("%016x.segment", name) + TEMPORARY_SUFFIX);
        this.filterTemporary = directory.resolve(String.format("%016x.filter", name) + TEMPORARY_SUFFIX);
        this.pageShift = SegmentFormat.pageShiftFor(maxEntries);
        this.entriesPerPage = SegmentFormat.entriesPerPage(pageShift);
        this.packs = new TreeSet<>(packs).toArray(new PackId[0]);
        this.filterBlocks = SegmentFilter.blocksFor(maxEntries);
        IndexFiles.openPrivate(temporary, StandardOpenOption.CREATE_NEW).close();
        FileChannel filter = null;
        try {
            filter = IndexFiles.openPrivate(filterTemporary, StandardOpenOption.CREATE_NEW);
            this.filterChannel = filter;
            this.volume = FileChannelVol.FACTORY.makeVolume(temporary.toString(), false, -1, pageShift, 0, false);
        } catch (IOException | RuntimeException e) {
            if (filter != null) {
                filter.close();
            }
            Files.deleteIfExists(filterTemporary);
            Files.deleteIfExists(temporary);
            if (e instanceof DBException db) {
                throw unwrapped(db);
            }
            throw e;
        }
        this.sink = SortedTableMap.create(
                        volume, new KeySerializer(pageShift), new LocationSerializer(pageShift, this.packs))
                .pageSize(1L << pageShift)
                .nodeSize(entriesPerPage)
                .createFromSink();
    }

    /** Appends an entry; keys must rise. */
    void put(ChunkId id, ChunkLocation location) throws IOException {
        if (entries == maxEntries) {
            throw new IllegalStateException("more entries than announced: " + maxEntries);
        }
        if (entries % entriesPerPage == 0) {
            fences.write(SegmentFormat.PACKED_ONE);
            fences.writeBytes(id.toBytes());
        }
        int block = SegmentFilter.blockOf(id, filterBlocks);
        while (filterBlockNumber < block) {
            flushFilterBlock();
        }
        SegmentFilter.add(id, filterBlock);
        try {
            sink.put(id, new Located(entries, location));
        } catch (DBException e) {
            throw unwrapped(e);
        }
        entries++;
    }

    private void flushFilterBlock() throws IOException {
        filterBuffer.put(filterBlock);
        Arrays.fill(filterBlock, (byte) 0);
        filterBlockNumber++;
        if (!filterBuffer.hasRemaining()) {
            flushFilterUnit();
        }
    }

    private void flushFilterUnit() throws IOException {
        filterBuffer.flip();
        filterChecks.writeBytes(littleEndian(SegmentFormat.crc(filterBuffer.duplicate())));
        IndexFiles.writeFully(filterChannel, filterBuffer);
        filterBuffer.clear();
    }

    /** Completes the file, makes it durable, gives it its name. It is part of the index once a list names it. */
    SegmentList.Entry finish() throws IOException {
        int blocks = entries == 0 ? 0 : filterBlocks;
        while (filterBlockNumber < blocks) {
            flushFilterBlock();
        }
        if (filterBuffer.position() > 0) {
            flushFilterUnit();
        }
        try {
            if (entries > 0) {
                sink.create();
            }
            volume.close();
        } catch (DBException e) {
            throw unwrapped(e);
        }
        SegmentFormat format;
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            int pages = (int) ((entries + entriesPerPage - 1) / entriesPerPage);
            long bodyBytes = (long) pages << pageShift;
            byte[] checks = pageChecks(channel, pages);
            channel.truncate(bodyBytes);
            channel.position(bodyBytes);
            for (long sent = 0; sent < filterChannel.size(); ) {
                sent += filterChannel.transferTo(sent, filterChannel.size() - sent, channel);
            }
            ByteBuffer tail = ByteBuffer.allocate(
                    fences.size() + checks.length + filterChecks.size() + packs.length * PackId.BYTES);
            tail.put(fences.toByteArray()).put(checks).put(filterChecks.toByteArray());
            for (PackId pack : packs) {
                tail.putLong(pack.high()).putLong(pack.low());
            }
            tail.flip();
            format = new SegmentFormat(
                    pageShift, entries, pages, packs.length, blocks, SegmentFormat.crc(tail.duplicate()));
            IndexFiles.writeFully(channel, tail);
            IndexFiles.writeFully(channel, format.encode());
            if (channel.size() != format.fileBytes()) {
                throw new IOException(temporary + " has " + channel.size() + " bytes, not " + format.fileBytes());
            }
            channel.force(true);
        }
        SegmentList.Entry entry = new SegmentList.Entry(
                name,
                entries,
                format.fileBytes(),
                format.encode().order(ByteOrder.LITTLE_ENDIAN).getInt(SegmentFormat.FOOTER_BYTES - 4));
        IndexFiles.publish(temporary, directory.resolve(entry.fileName()));
        return entry;
    }

    /** Reads the body back; each page must hold exactly the one node that readers count on. */
    private byte[] pageChecks(FileChannel channel, int pages) throws IOException {
        ByteBuffer checks =
                ByteBuffer.allocate(pages * SegmentFormat.CHECK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer page = ByteBuffer.allocate(1 << pageShift);
        for (int number = 0; number < pages; number++) {
            page.clear();
            while (page.hasRemaining()) {
                if (channel.read(page, ((long) number << pageShift) + page.position()) < 0) {
                    throw new EOFException(temporary + " ends before page " + number);
                }
            }
            page.flip();
            if (page.getInt(number == 0 ? SegmentFormat.MAP_HEADER_BYTES : 0) != 1) {
                throw new IllegalStateException("page " + number + " of " + temporary + " holds more than one node");
            }
            checks.putInt(SegmentFormat.crc(page));
        }
        return checks.array();
    }

    private static byte[] littleEndian(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    private static IOException unwrapped(DBException failure) {
        return failure.getCause() instanceof IOException io ? io : new IOException(failure);
    }

    @Override
    public void close() throws IOException {
        volume.close();
        filterChannel.close();
        Files.deleteIfExists(filterTemporary);
        Files.deleteIfExists(temporary);
    }
}
