package dev.varve.snapshot;

import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.repository.ChunkSource;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * One volume of a snapshot, read through the repository. Thread safe; holds nothing open and nothing on the heap but the shared
 * cache. Everything it decodes is untrusted: damage gives a {@link CorruptException}.
 */
public final class StoredVolume {
    private final ChunkSource chunks;
    private final VolumeRecord record;
    private final VolumeCache cache;
    private final IndexReader pages;

    public StoredVolume(ChunkSource chunks, VolumeRecord record, VolumeCache cache) {
        this.chunks = chunks;
        this.record = record;
        this.cache = cache;
        this.pages = record.isRaw() ? null : new IndexReader(chunks, cache, record.inodes());
    }

    public String name() {
        return record.name();
    }

    public VolumeRecord record() {
        return record;
    }

    /** The root directory. @throws NotFoundException for a raw volume */
    public StoredInode root() throws IOException {
        return inode(record.info().rootInode());
    }

    /** An inode of the tree. @throws NotFoundException if the snapshot has none of this number */
    public StoredInode inode(long number) throws IOException {
        InodePage page = number < 0 || pages == null ? null : page(number / SnapshotFormat.INODES_PER_PAGE);
        StoredInode inode = page == null ? null : page.inode((int) (number % SnapshotFormat.INODES_PER_PAGE));
        if (inode == null) {
            throw new NotFoundException("inode " + number + " is not in volume " + record.name());
        }
        return inode;
    }

    /** The entry of a name, or null. */
    public DirectoryEntry lookup(StoredInode directory, ByteString name) throws IOException {
        DirectoryRoot root = directoryOf(directory);
        if (root.node() == null) {
            return null;
        }
        DirectoryNode node = node(root.node(), -1, root.entryCount());
        while (node.level() > 0) {
            int child = node.floor(name);
            if (child < 0) {
                return null;
            }
            node = node(node.child(child), node.level() - 1, node.childEntries(child));
        }
        int index = node.find(name);
        return index < 0 ? null : node.entry(index);
    }

    /** Visits the entries from number {@code fromIndex} on in the order of their names until the visitor has enough. */
    public void list(StoredInode directory, long fromIndex, EntryVisitor visitor) throws IOException {
        DirectoryRoot root = directoryOf(directory);
        if (root.node() != null && fromIndex >= 0 && fromIndex < root.entryCount()) {
            list(node(root.node(), -1, root.entryCount()), 0, fromIndex, visitor);
        }
    }

    /** @throws NotFoundException unless a regular file; @throws CorruptException if the backup could not read its content */
    public ContentReader open(StoredInode file) throws IOException {
        if (file.unreadable()) {
            throw new CorruptException(
                    "inode " + file.number() + " of volume " + record.name(),
                    -1,
                    "its content could not be read when the backup was made");
        }
        if (file.content() == null) {
            throw new NotFoundException("inode " + file.number() + " of volume " + record.name() + " has no content");
        }
        return new ContentReader(chunks, cache, file.content());
    }

    /** The content of a volume that is kept raw. */
    public ContentReader rawContent() {
        return new ContentReader(chunks, cache, record.image());
    }

    public ImageReader image() {
        return new ImageReader(this, chunks, cache, record);
    }

    /** Bytes of a regular file by the name of the tier from which they would be read; holes count nowhere. */
    public Map<String, Long> tiers(StoredInode file) throws IOException {
        Map<String, Long> bytes = new TreeMap<>();
        open(file).parts(0, (offset, part) -> {
            if (!part.isHole()) {
                String tier = chunks.tierOf(part.id());
                bytes.merge(tier == null ? "lost" : tier, part.length(), Long::sum);
            }
        });
        return bytes;
    }

    /** Verifies inodes of this volume. */
    public VolumeVerifier verifier(VolumeVerifier.Ledger ledger) {
        return new VolumeVerifier(chunks, cache, ledger);
    }

    /** All inodes by ascending number. */
    public InodeCursor inodes() {
        return new InodeCursor(this);
    }

    /** The page, or null when it holds no inode. */
    InodePage page(long number) throws IOException {
        ChunkId id = pages.get(number);
        return id == null ? null : page(number, id);
    }

    /** The page that this chunk should be. */
    InodePage page(long number, ChunkId id) throws IOException {
        InodePage page =
                cache.get(chunks, id, InodePage.class, (resource, chunk) -> InodePage.decode(resource, chunk, chunks));
        if (page.number() != number) {
            throw new CorruptException(
                    "chunk " + id.toHex(), -1, "inode page " + page.number() + " where " + number + " should be");
        }
        return page;
    }

    /** From page number to page; null for a raw volume. */
    IndexReader pageIndex() {
        return pages;
    }

    /** The number of the first page at or behind {@code from}, or −1. */
    long nextPage(long from) throws IOException {
        return pages == null ? -1 : pages.nextFilled(from);
    }

    private static DirectoryRoot directoryOf(StoredInode directory) throws IOException {
        if (directory.directory() == null) {
            throw new NotFoundException("inode " + directory.number() + " is no directory");
        }
        return directory.directory();
    }

    private boolean list(DirectoryNode node, long base, long fromIndex, EntryVisitor visitor) throws IOException {
        if (node.level() == 0) {
            for (int i = (int) Math.max(0, fromIndex - base); i < node.count(); i++) {
                if (!visitor.entry(node.entry(i), base + i)) {
                    return false;
                }
            }
            return true;
        }
        for (int i = fromIndex <= base ? 0 : node.childOf(fromIndex - base); i < node.count(); i++) {
            DirectoryNode child = node(node.child(i), node.level() - 1, node.childEntries(i));
            if (!list(child, base + node.childStart(i), fromIndex, visitor)) {
                return false;
            }
        }
        return true;
    }

    private DirectoryNode node(ChunkId id, int level, long entries) throws IOException {
        return node(chunks, cache, id, level, entries);
    }

    /** @param level what it must be, or −1 for a root */
    static DirectoryNode node(ChunkSource chunks, VolumeCache cache, ChunkId id, int level, long entries)
            throws IOException {
        DirectoryNode node = cache.get(chunks, id, DirectoryNode.class, DirectoryNode::decode);
        if ((level >= 0 && node.level() != level) || node.entryCount() != entries) {
            throw new CorruptException("chunk " + id.toHex(), -1, "not the directory node that belongs here");
        }
        return node;
    }

    /** Receives an entry and its number in the directory. */
    @FunctionalInterface
    public interface EntryVisitor {
        /** @return whether to go on */
        boolean entry(DirectoryEntry entry, long index) throws IOException;
    }
}
