package dev.varve.snapshot;

import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.repository.ChunkLane;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes the entries of a directory as a tree of nodes whose boundaries follow from the names around them, so one new file in a
 * large directory rewrites one leaf and its way to the root. Memory: one node a level. Not thread safe.
 */
public final class DirectoryWriter {
    /** A leaf whose names fill this is cut whatever they hash to. */
    private static final int LEAF_NAME_BYTES = 64 * 1024;

    private final ChunkLane metadata;
    private final List<DirectoryEntry> leaf = new ArrayList<>();
    private final List<List<DirectoryNode.Child>> levels = new ArrayList<>();
    private int leafNameBytes;
    private ByteString last;
    private long count;

    /** @param metadata takes the nodes; the caller closes it */
    public DirectoryWriter(ChunkLane metadata) {
        this.metadata = metadata;
    }

    /** Whether a directory can hold the name: 1 to 255 bytes, no {@code /}, no NUL, not {@code .} or {@code ..}. */
    public static boolean isValidName(ByteString name) {
        int length = name.length();
        if (length == 0 || length > 255) {
            return false;
        }
        boolean dots = true;
        for (int i = 0; i < length; i++) {
            byte b = name.at(i);
            if (b == 0 || b == '/') {
                return false;
            }
            dots &= b == '.';
        }
        return !(dots && length <= 2);
    }

    /**
     * Names ascend as unsigned bytes.
     *
     * @throws IllegalArgumentException if the name is invalid or out of order, or there is no inode or type: what a reader would
     *     refuse
     */
    public void add(DirectoryEntry entry) throws IOException {
        ByteString name = entry.name();
        if (!isValidName(name) || (last != null && last.compareTo(name) >= 0)) {
            throw new IllegalArgumentException("name invalid or out of order: " + name.display());
        }
        if (entry.inode() <= 0 || entry.type() == null) {
            throw new IllegalArgumentException("entry without inode or type: " + name.display());
        }
        last = name;
        count++;
        leaf.add(entry);
        leafNameBytes += name.length();
        if (leafNameBytes >= LEAF_NAME_BYTES || SnapshotFormat.cutsAfter(leaf.size(), hash(name))) {
            writeLeaf();
        }
    }

    public DirectoryRoot finish() throws IOException {
        if (count == 0) {
            return DirectoryRoot.EMPTY;
        }
        if (!leaf.isEmpty()) {
            writeLeaf();
        }
        for (int level = 0; ; level++) {
            List<DirectoryNode.Child> children = levels.get(level);
            boolean top = level == levels.size() - 1;
            if (top && children.size() == 1) {
                return new DirectoryRoot(count, children.get(0).id());
            }
            if (!children.isEmpty()) {
                writeInner(level);
            }
        }
    }

    private void writeLeaf() throws IOException {
        DirectoryNode.Child child =
                new DirectoryNode.Child(leaf.get(0).name(), leaf.size(), put(DirectoryNode.encodeLeaf(leaf)));
        leaf.clear();
        leafNameBytes = 0;
        add(0, child);
    }

    private void add(int level, DirectoryNode.Child child) throws IOException {
        if (level == levels.size()) {
            levels.add(new ArrayList<>());
        }
        List<DirectoryNode.Child> children = levels.get(level);
        children.add(child);
        if (SnapshotFormat.cutsAfter(children.size(), child.id().d())) {
            writeInner(level);
        }
    }

    private void writeInner(int level) throws IOException {
        List<DirectoryNode.Child> children = levels.get(level);
        long entries = 0;
        for (DirectoryNode.Child child : children) {
            entries += child.entryCount();
        }
        ChunkId id = put(DirectoryNode.encodeInner(level + 1, children));
        DirectoryNode.Child parent = new DirectoryNode.Child(children.get(0).firstName(), entries, id);
        children.clear();
        add(level + 1, parent);
    }

    private ChunkId put(byte[] node) throws IOException {
        return metadata.put(node, 0, node.length);
    }

    private static long hash(ByteString name) {
        CRC32C crc = new CRC32C();
        crc.update(name.toBytes());
        return crc.getValue();
    }
}
