package dev.varve.snapshot;

import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.MissingChunkException;
import dev.varve.model.VarveException;
import dev.varve.repository.ChunkSource;
import java.io.IOException;

/**
 * Walks everything a volume of a snapshot refers to and says what is missing or damaged: inode pages, directories, contents,
 * image map. Metadata chunks are read and decoded, data chunks only looked up. What was found whole is remembered by whoever
 * gives the {@link Ledger}, so what snapshots share is walked once. Inode pages and regions of the image are parts that a
 * {@link Runner} may run on other threads; then ledger and damage must be thread safe. Memory: one node a level and thread.
 */
public final class VolumeVerifier {
    private static final Damage UNHEARD = new Damage() {
        @Override
        public void inode(long number, String reason) {}

        @Override
        public void inodePage(long pageNumber, String reason) {}

        @Override
        public void image(String reason) {}
    };

    private static final Runner SAME_THREAD = new Runner() {
        @Override
        public void run(Part part) throws IOException {
            part.run();
        }

        @Override
        public void await() {}
    };

    private final ChunkSource chunks;
    private final VolumeCache cache;
    private final Ledger ledger;
    private final Runner runner;

    /** A part of the walk. */
    @FunctionalInterface
    public interface Part {
        void run() throws IOException;
    }

    /** Runs parts, in any order and on any threads. */
    public interface Runner {
        /** May run the part now or later. */
        void run(Part part) throws IOException;

        /** Returns when all parts are done; throws what one of them threw. */
        void await() throws IOException;
    }

    /** What is known of chunks. */
    public interface Ledger {
        /** Whether the chunk is stored and not known to be damaged. */
        boolean isGood(ChunkId id) throws IOException;

        /** Whether all below this chunk was found whole before. */
        boolean isWhole(ChunkId id) throws IOException;

        void markWhole(ChunkId id) throws IOException;
    }

    /** Told what is hurt. */
    public interface Damage {
        /** The content, entries or attributes of an inode. */
        void inode(long number, String reason);

        /** A page of inodes, so that it is not known which were in it. */
        void inodePage(long pageNumber, String reason);

        /** The image only: no file is hurt. */
        void image(String reason);
    }

    /** On the caller's thread. */
    public VolumeVerifier(ChunkSource chunks, VolumeCache cache, Ledger ledger) {
        this(chunks, cache, ledger, SAME_THREAD);
    }

    public VolumeVerifier(ChunkSource chunks, VolumeCache cache, Ledger ledger, Runner runner) {
        this.chunks = chunks;
        this.cache = cache;
        this.ledger = ledger;
        this.runner = runner;
    }

    /** @throws BackendException if the repository itself can't be read; everything else is damage */
    public void verify(VolumeRecord record, Damage damage) throws IOException {
        StoredVolume volume = new StoredVolume(chunks, record, cache);
        if (record.isRaw()) {
            content(record.image(), damage::image);
            return;
        }
        content(record.inodes(), reason -> damage.inodePage(-1, reason));
        pages(volume, damage);
        content(record.image(), damage::image);
        regions(record, damage);
        runner.await();
    }

    /** Whether all that an inode refers to is there. */
    public boolean isWhole(StoredInode inode) throws IOException {
        return inode(inode, UNHEARD);
    }

    @FunctionalInterface
    private interface Reason {
        void is(String reason);
    }

    private void pages(StoredVolume volume, Damage damage) throws IOException {
        volume.pageIndex()
                .visit(
                        (number, id) -> runner.run(() -> page(volume, number, id, damage)),
                        reason -> damage.inodePage(-1, reason));
    }

    private void page(StoredVolume volume, long number, ChunkId id, Damage damage) throws IOException {
        if (ledger.isWhole(id)) {
            return;
        }
        InodePage page;
        try {
            if (!ledger.isGood(id)) {
                throw new MissingChunkException(id);
            }
            page = volume.page(number, id);
        } catch (VarveException e) {
            rethrowBackend(e);
            damage.inodePage(number, e.getMessage());
            return;
        }
        boolean whole = true;
        for (int slot = 0; slot < SnapshotFormat.INODES_PER_PAGE; slot++) {
            StoredInode inode = page.inode(slot);
            if (inode != null) {
                whole &= inode(inode, damage);
            }
        }
        if (whole) {
            ledger.markWhole(id);
        }
    }

    private boolean inode(StoredInode inode, Damage damage) throws IOException {
        boolean whole = true;
        if (inode.content() != null) {
            whole = content(inode.content(), reason -> damage.inode(inode.number(), reason));
        }
        if (inode.directory() != null && inode.directory().node() != null) {
            DirectoryRoot root = inode.directory();
            whole &= directory(root.node(), -1, root.entryCount(), reason -> damage.inode(inode.number(), reason));
        }
        return whole;
    }

    private boolean directory(ChunkId id, int level, long entries, Reason reason) throws IOException {
        if (ledger.isWhole(id)) {
            return true;
        }
        if (!ledger.isGood(id)) {
            reason.is(missing(id));
            return false;
        }
        boolean whole = true;
        try {
            DirectoryNode node = StoredVolume.node(chunks, cache, id, level, entries);
            for (int i = 0; node.level() > 0 && i < node.count(); i++) {
                whole &= directory(node.child(i), node.level() - 1, node.childEntries(i), reason);
            }
        } catch (VarveException e) {
            rethrowBackend(e);
            reason.is(e.getMessage());
            whole = false;
        }
        if (whole) {
            ledger.markWhole(id);
        }
        return whole;
    }

    /** Nodes are read; chunks at depth 0 are looked up. Says the first reason of each node and goes on. */
    private boolean content(Content content, Reason reason) throws IOException {
        return parts(PartList.of(content.depth(), content.parts()), reason);
    }

    private boolean parts(PartList list, Reason reason) throws IOException {
        boolean whole = true;
        for (int i = 0; i < list.count(); i++) {
            ChunkId id = list.id(i);
            if (id == null) {
                continue;
            }
            if (!ledger.isGood(id)) {
                if (whole) {
                    reason.is(missing(id));
                }
                whole = false;
            } else if (list.depth() > 0 && !ledger.isWhole(id)) {
                whole &= node(list, i, reason);
            }
        }
        return whole;
    }

    private boolean node(PartList parent, int index, Reason reason) throws IOException {
        ChunkId id = parent.id(index);
        try {
            PartList list = ContentReader.node(chunks, cache, parent, index);
            if (parts(list, reason)) {
                ledger.markWhole(id);
                return true;
            }
        } catch (VarveException e) {
            rethrowBackend(e);
            reason.is(e.getMessage());
        }
        return false;
    }

    private void regions(VolumeRecord record, Damage damage) throws IOException {
        IndexReader index = new IndexReader(chunks, cache, record.image());
        index.visit((slot, id) -> runner.run(() -> region(record, id, damage)), reason -> damage.image(reason));
    }

    private void region(VolumeRecord record, ChunkId id, Damage damage) throws IOException {
        if (ledger.isWhole(id)) {
            return;
        }
        try {
            if (!ledger.isGood(id)) {
                throw new MissingChunkException(id);
            }
            ImageRegion region = ImageRegion.decode(
                    "chunk " + id.toHex(), chunks.read(id), record.info().blockSize());
            if (region(region, damage)) {
                ledger.markWhole(id);
            }
        } catch (VarveException e) {
            rethrowBackend(e);
            damage.image(e.getMessage());
        }
    }

    private boolean region(ImageRegion region, Damage damage) throws IOException {
        boolean whole = true;
        for (ImageRegion.Run run : region.runs()) {
            for (ChunkId raw : run.raw()) {
                if (!ledger.isGood(raw)) {
                    damage.image(missing(raw));
                    whole = false;
                }
            }
        }
        return whole;
    }

    private static String missing(ChunkId id) {
        return "chunk " + id.toHex() + " is missing or damaged";
    }

    private static void rethrowBackend(VarveException e) throws BackendException {
        if (e instanceof BackendException backend) {
            throw backend;
        }
    }
}
