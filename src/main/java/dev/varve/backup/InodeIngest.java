package dev.varve.backup;

import dev.varve.fs.InodeScan;
import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInode;
import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.FileType;
import dev.varve.model.Xattr;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.InodePageWriter;
import dev.varve.snapshot.StoredInode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Reads the tree of files of a volume in one sequential pass over its inode tables, as a merge with the inodes of the
 * previous snapshot. Inodes are collected in windows; within a window, what must be read is read in device order; then the
 * window's inodes go to their pages. Directories need the types of the inodes that they name: those are remembered from the
 * scan, or looked up when the scan has not come that far. Not thread safe.
 *
 * <p>Memory: two windows of at most {@link #WINDOW_INODES} inodes (about 1 KiB each, attributes and short contents extra),
 * and what the parts it uses say.
 */
final class InodeIngest {
    private static final int WINDOW_INODES = 8192;

    /** Attributes of all inodes of a window; crafted volumes could have 64 KiB for each inode. */
    private static final long WINDOW_XATTR_BYTES = 16 << 20;

    /** A file within a stretch of this length is read together with its neighbours. */
    private static final int SMALL_BYTES = 256 * 1024;

    private final Volume volume;
    private final Ingest ingest;
    private final PlacedRuns placed;
    private final InodeTypes types;
    private final UnchangedRule rule;
    private final PreviousInodes previous;
    private final PreviousChunks previousChunks;
    private final ProofRound proof;
    private final BlockClaims claims;
    private final InodePageWriter pages;
    private final SpanReader reader;
    private final FileReading files;
    private final DirectoryReading directories;
    private final int blockSize;

    private List<PendingInode> window = new ArrayList<>();
    private List<PendingInode> work = new ArrayList<>();
    private int openWindows;
    private boolean lossNamed;
    private PreviousInodes.Previous nextPrevious;
    private long scannedUpTo;
    private long xattrBytes;

    private long inodes;
    private long regularFiles;
    private long contentBytes;
    private long skippedBytes;
    private long filesRead;
    private long filesTaken;
    private long filesProved;
    private long directoriesRead;

    /**
     * @param rule null when there is no previous snapshot, and then so are {@code previous} and those behind it
     * @param previous the previous snapshot's inodes from the first on
     * @param previousChunks says whether what they refer to is still stored
     */
    InodeIngest(
            Volume volume,
            Ingest ingest,
            PlacedRuns placed,
            InodeTypes types,
            UnchangedRule rule,
            PreviousInodes previous,
            PreviousChunks previousChunks,
            ProofRound proof) {
        this.volume = volume;
        this.ingest = ingest;
        this.placed = placed;
        this.types = types;
        this.rule = rule;
        this.previous = previous;
        this.previousChunks = previousChunks;
        this.proof = proof;
        claims = new BlockClaims(volume);
        pages = new InodePageWriter(ingest.metadata());
        reader = new SpanReader(volume.device());
        ContentCutter cutter = new ContentCutter(ingest.chunker(), ingest.pipeline(), ingest.metadata());
        files = new FileReading(volume, reader, cutter, placed);
        directories = new DirectoryReading(volume, ingest, types);
        blockSize = volume.info().blockSize();
    }

    /** Reads everything. @return the index of the inode pages */
    Content run() throws IOException {
        if (rule != null && rule.obstacle() == null) {
            advancePrevious();
        }
        InodeScan scan = volume.scan();
        while (true) {
            VolumeInode inode;
            try {
                inode = scan.next();
            } catch (IOException e) {
                ingest.problem("part of the inode tables cannot be read, files may be missing from the snapshot: "
                        + e.getMessage());
                continue; // a scan goes on behind what it could not read
            }
            if (inode == null) {
                break;
            }
            scannedUpTo = inode.number();
            accept(inode);
            if (window.size() >= WINDOW_INODES || xattrBytes >= WINDOW_XATTR_BYTES) {
                flush();
            }
        }
        flush();
        ingest.pipeline().drain();
        return pages.finish();
    }

    private void accept(VolumeInode inode) throws IOException {
        PreviousInodes.Previous before = previousOf(inode.number());
        FileType type = inode.attributes().type();
        if (inode.role() == VolumeInode.Role.JOURNAL) {
            placeJournal(inode);
        }
        if (inode.role() != VolumeInode.Role.TREE) {
            return;
        }
        if (type == null) {
            String reason = inode.damage() == null ? "its mode names no type" : inode.damage();
            ingest.problem(inode.number(), "left out: " + reason);
            return;
        }
        types.set(inode.number(), type);
        PendingInode pending = examine(inode, before);
        for (Xattr xattr : pending.xattrs) {
            xattrBytes += xattr.value().length();
        }
        window.add(pending);
        inodes++;
        if (type == FileType.REGULAR) {
            regularFiles++;
            contentBytes += Math.max(0, inode.attributes().size());
        }
    }

    /** Decides whether the inode must be read, and puts it on the list if so. */
    private PendingInode examine(VolumeInode inode, PreviousInodes.Previous before) throws IOException {
        if (inode.damage() != null) {
            PendingInode damaged = new PendingInode(inode, null, null);
            fail(damaged, inode.damage());
            return damaged;
        }
        BlockClaims.Span place;
        ByteString fingerprint;
        try {
            place = claims.claim(inode);
            fingerprint = volume.fingerprint(inode);
        } catch (IOException e) {
            PendingInode unread = new PendingInode(inode, null, null);
            fail(unread, e.getMessage());
            return unread;
        }
        boolean same = before != null && rule.holds(inode, fingerprint, before.inode()) && isStored(before);
        PendingInode pending = new PendingInode(inode, fingerprint, same ? before.inode() : null);
        pending.firstByte = place.firstByte();
        pending.endByte = place.endByte();
        if (!same) {
            readXattrs(pending);
            work.add(pending);
        } else if (inode.attributes().isRegular() || inode.attributes().isDirectory()) {
            takeOver(pending);
        }
        return pending;
    }

    /** A pack may have been lost since, or be marked for deletion: then what it held is read and stored again. */
    private boolean isStored(PreviousInodes.Previous before) throws IOException {
        boolean stored = previousChunks.areStored(before);
        if (!stored && !lossNamed && !ingest.pipeline().avoidsPacks()) {
            lossNamed = true;
            ingest.problem("data of the previous snapshot is lost, those files are read again; run varve check");
        }
        return stored;
    }

    private void takeOver(PendingInode pending) throws IOException {
        long held = heldBytes(pending.inode.attributes());
        boolean regular = pending.inode.attributes().isRegular();
        if (proof.takes(pending.number(), held, regular)) {
            filesProved += regular ? 1 : 0;
            proveXattrs(pending);
            work.add(pending);
        } else if (regular) {
            filesTaken++;
            skippedBytes += held;
            placeUnread(pending);
        }
    }

    /** What reading it would read: a sparse file of terabytes may hold a few blocks. */
    private static long heldBytes(Attributes attributes) {
        long blocks = Math.max(0, Math.min(attributes.blocks(), Long.MAX_VALUE / 512));
        return Math.min(attributes.size(), blocks * 512);
    }

    /** Places a file by its extents, without reading it. */
    private void placeUnread(PendingInode pending) throws IOException {
        long size = pending.inode.attributes().size();
        boolean keepsTail = pending.tailKept || size % blockSize == 0;
        long endBlock = size / blockSize + (keepsTail ? 0 : 1);
        try {
            volume.extents(
                    pending.inode,
                    (logical, physical, count, unwritten) ->
                            placed.extent(pending.number(), endBlock, logical, physical, count, unwritten));
        } catch (IOException e) {
            fail(pending, e.getMessage());
        }
    }

    /** The body of a journal that is clean, or was replayed, says nothing: only its superblock is kept. */
    private void placeJournal(VolumeInode journal) throws IOException {
        try {
            volume.extents(journal, (logical, physical, count, unwritten) -> {
                int superblock = logical == 0 ? 1 : 0;
                if (count > superblock) {
                    placed.nothing(journal.number(), physical + superblock, count - superblock);
                }
            });
        } catch (IOException e) {
            ingest.pipeline().rethrow();
            placed.withdraw(journal.number());
            ingest.problem(journal.number(), "the journal is kept as it is: " + e.getMessage());
        }
    }

    private void flush() throws IOException {
        work.sort(Comparator.comparingLong(pending -> pending.firstByte));
        int ahead = 0;
        for (int i = 0; i < work.size(); i++) {
            if (i >= ahead) {
                ahead = loadTogether(i);
            }
            read(work.get(i));
        }
        List<PendingInode> full = window;
        openWindows++;
        ingest.pipeline().mark(() -> {
            openWindows--;
            for (PendingInode pending : full) {
                store(pending);
            }
        });
        window = new ArrayList<>();
        work = new ArrayList<>();
        xattrBytes = 0;
        while (openWindows > 1) {
            ingest.pipeline().arriveOne();
        }
        ingest.progress()
                .at(
                        ingest.label(),
                        BackupProgress.Phase.FILES,
                        scannedUpTo,
                        volume.info().inodeCount());
    }

    /** An inode with more attributes than a page takes is kept without them, one with a longer target than that without it. */
    private void store(PendingInode pending) throws IOException {
        try {
            pages.add(pending.toStored());
            return;
        } catch (CorruptException e) {
            ingest.problem(pending.number(), "its attributes are not in the snapshot: " + e.getMessage());
            pending.xattrs = List.of();
            pending.incomplete = true;
        }
        try {
            pages.add(pending.toStored());
        } catch (CorruptException e) {
            ingest.problem(pending.number(), "cannot be read: " + e.getMessage());
            pending.giveUp();
            pages.add(pending.toStored());
        }
    }

    /**
     * Reads small neighbours from {@code first} on in one request, over what lies between them if that is allocated, too.
     *
     * @return the first that does not belong to them
     */
    private int loadTogether(int first) {
        PendingInode head = work.get(first);
        long end = head.firstByte;
        int next = first;
        while (next < work.size()) {
            PendingInode candidate = work.get(next);
            boolean joins = candidate.endByte - candidate.firstByte <= SMALL_BYTES
                    && candidate.firstByte - end <= SpanReader.GAP_BYTES
                    && Math.max(end, candidate.endByte) - head.firstByte <= SpanReader.SPAN_BYTES
                    && isAllocated(end, candidate.endByte);
            if (!joins) {
                break;
            }
            end = Math.max(end, candidate.endByte);
            next++;
        }
        if (next > first + 1 && end > head.firstByte) {
            reader.load(head.firstByte, (int) (end - head.firstByte));
        }
        return Math.max(next, first + 1);
    }

    private boolean isAllocated(long firstByte, long endByte) {
        long firstBlock = firstByte / blockSize;
        long endBlock = (endByte + blockSize - 1) / blockSize;
        if (endBlock <= firstBlock) {
            return true;
        }
        long[] allocated = {0};
        try {
            volume.allocatedRuns(firstBlock, endBlock, (block, count) -> allocated[0] += count);
        } catch (IOException e) {
            return false; // each is read by itself then; the image, which reads what is allocated, says what is wrong
        }
        return allocated[0] == endBlock - firstBlock;
    }

    private void read(PendingInode pending) throws IOException {
        switch (pending.inode.attributes().type()) {
            case REGULAR -> readFile(pending);
            case DIRECTORY -> readDirectory(pending);
            case SYMLINK -> {
                try {
                    pending.symlinkTarget = volume.symlinkTarget(pending.inode);
                } catch (IOException e) {
                    fail(pending, e.getMessage());
                }
            }
            default -> {}
        }
    }

    private void readDirectory(PendingInode pending) throws IOException {
        directoriesRead += pending.unchanged == null ? 1 : 0;
        directories.read(pending, scannedUpTo);
        StoredInode proved = pending.unchanged;
        if (proved != null && pending.unreadable) {
            pending.unreadable = false; // reported; what was stored of it before is more than what can be read now
            pending.directory = proved.directory();
            pending.parent = proved.parent();
            pending.incomplete = true;
            return;
        }
        boolean same = proved == null
                || pending.incomplete
                || (pending.directory.equals(proved.directory()) && pending.parent == proved.parent());
        if (!same) {
            changedWithoutATrace(pending, "its entries differ");
        }
    }

    private void proveXattrs(PendingInode pending) {
        List<Xattr> stored = pending.xattrs;
        readXattrs(pending);
        if (!pending.incomplete && !pending.xattrs.equals(stored)) {
            changedWithoutATrace(pending, "its attributes differ");
        }
    }

    private void changedWithoutATrace(PendingInode pending, String what) {
        ingest.problem(
                pending.number(),
                "CHANGED WITHOUT A TRACE: " + what + " from the previous snapshot although nothing"
                        + " in the inode says so; what was read now is kept. Earlier snapshots may hold"
                        + " stale content: run this backup with --verify 100 and check the disk");
    }

    private void readXattrs(PendingInode pending) {
        try {
            pending.xattrs = volume.xattrs(pending.inode);
        } catch (IOException e) {
            ingest.problem(pending.number(), "its attributes are not in the snapshot: " + e.getMessage());
            pending.incomplete = true;
        }
    }

    private void readFile(PendingInode pending) throws IOException {
        filesRead++;
        StoredInode proved = pending.unchanged;
        try {
            pending.tailKept = files.read(pending.inode, content -> {
                pending.content = content;
                if (proved != null && !(content.equals(proved.content()) && pending.tailKept == proved.tailKept())) {
                    changedWithoutATrace(pending, "its content differs");
                }
            });
        } catch (IOException e) {
            ingest.pipeline().rethrow();
            if (proved == null) {
                fail(pending, e.getMessage());
            } else {
                ingest.problem(
                        pending.number(), "cannot be read any more, the previous content is kept: " + e.getMessage());
                pending.tailKept = proved.tailKept();
                placeUnread(pending);
            }
        }
    }

    private void fail(PendingInode pending, String reason) throws IOException {
        ingest.pipeline().rethrow();
        ingest.problem(pending.number(), "cannot be read: " + reason);
        placed.withdraw(pending.number());
        pending.giveUp();
    }

    private PreviousInodes.Previous previousOf(long number) throws IOException {
        while (nextPrevious != null && nextPrevious.inode().number() < number) {
            advancePrevious();
        }
        return nextPrevious != null && nextPrevious.inode().number() == number ? nextPrevious : null;
    }

    /** A previous snapshot that is damaged costs reading, not the backup. */
    private void advancePrevious() {
        try {
            nextPrevious = previous.next();
        } catch (IOException e) {
            nextPrevious = null;
            ingest.problem("the previous snapshot cannot be read, files are read again: " + e.getMessage());
        }
    }

    long inodes() {
        return inodes;
    }

    long regularFiles() {
        return regularFiles;
    }

    long contentBytes() {
        return contentBytes;
    }

    long skippedBytes() {
        return skippedBytes;
    }

    IngestCounts counts(long rawBytes) {
        String reason = rule == null ? "there is no previous snapshot of it" : rule.obstacle();
        return new IngestCounts(filesRead, filesTaken, filesProved, directoriesRead, rawBytes, reason);
    }
}
