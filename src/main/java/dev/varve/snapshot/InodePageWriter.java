package dev.varve.snapshot;

import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.repository.ChunkLane;
import java.io.IOException;

/** Writes inode pages and the index over them. Memory: one page and one index block. Not thread safe. */
public final class InodePageWriter {
    private final ChunkLane metadata;
    private final IndexWriter index;
    private StoredInode[] page = new StoredInode[SnapshotFormat.INODES_PER_PAGE];
    private long pageNumber = -1;
    private long last = -1;

    /** @param metadata takes pages and index; the caller closes it */
    public InodePageWriter(ChunkLane metadata) {
        this.metadata = metadata;
        this.index = new IndexWriter(metadata);
    }

    /**
     * Numbers ascend.
     *
     * @throws CorruptException if a reader would refuse the inode: more or longer attributes or a longer target than any inode
     *     can have, a negative size; then it was not taken, and another of its number may be
     */
    public void add(StoredInode inode) throws IOException {
        if (inode.number() <= last) {
            throw new IllegalArgumentException("inode " + inode.number() + " after " + last);
        }
        InodeCodec.requireStorable(inode);
        last = inode.number();
        long number = inode.number() / SnapshotFormat.INODES_PER_PAGE;
        if (number != pageNumber) {
            flush();
            pageNumber = number;
        }
        page[(int) (inode.number() % SnapshotFormat.INODES_PER_PAGE)] = inode;
    }

    /** The index from page number to page. */
    public Content finish() throws IOException {
        flush();
        return index.finish();
    }

    private void flush() throws IOException {
        if (pageNumber < 0) {
            return;
        }
        byte[] chunk = InodePage.encode(pageNumber, page, metadata);
        ChunkId id = metadata.put(chunk, 0, chunk.length);
        index.put(pageNumber, id);
        page = new StoredInode[SnapshotFormat.INODES_PER_PAGE];
    }
}
