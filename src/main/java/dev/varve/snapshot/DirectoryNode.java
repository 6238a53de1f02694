package dev.varve.snapshot;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.FileType;
import java.io.IOException;
import java.util.List;

/**
 * A node of a directory's tree (docs/format.md, "Directories"): a leaf of entries or an inner node of children, both sorted by
 * name. Immutable; decoded from untrusted bytes. Memory: about 100 bytes an entry.
 */
final class DirectoryNode implements VolumeCache.Weighted {
    private final int level;
    private final ByteString[] names;
    private final long[] inodes;
    private final FileType[] types;
    private final ChunkId[] children;
    private final long[] ends;

    private DirectoryNode(
            int level, ByteString[] names, long[] inodes, FileType[] types, ChunkId[] children, long[] ends) {
        this.level = level;
        this.names = names;
        this.inodes = inodes;
        this.types = types;
        this.children = children;
        this.ends = ends;
    }

    /** A child of an inner node. */
    record Child(ByteString firstName, long entryCount, ChunkId id) {}

    static byte[] encodeLeaf(List<DirectoryEntry> entries) {
        ByteWriter out = new ByteWriter();
        out.u8(SnapshotFormat.DIRECTORY_LEAF_TAG);
        out.varint(entries.size());
        for (DirectoryEntry entry : entries) {
            InodeCodec.sized(out, entry.name());
            out.varint(entry.inode());
            out.u8(entry.type().bits() >> 12);
        }
        return out.toByteArray();
    }

    static byte[] encodeInner(int level, List<Child> children) {
        ByteWriter out = new ByteWriter();
        out.u8(SnapshotFormat.DIRECTORY_NODE_TAG);
        out.u8(level);
        out.varint(children.size());
        for (Child child : children) {
            InodeCodec.sized(out, child.firstName());
            out.varint(child.entryCount());
            out.bytes(child.id().toBytes());
        }
        return out.toByteArray();
    }

    static DirectoryNode decode(String resource, byte[] chunk) throws IOException {
        ByteReader in = ByteReader.of(resource, chunk);
        int tag = in.u8();
        if (tag != SnapshotFormat.DIRECTORY_LEAF_TAG && tag != SnapshotFormat.DIRECTORY_NODE_TAG) {
            throw new CorruptException(resource, 0, "not a directory node");
        }
        int level = tag == SnapshotFormat.DIRECTORY_LEAF_TAG ? 0 : in.u8();
        long count = in.varint();
        if (count <= 0 || count > SnapshotFormat.NODE_MAX || count > in.remaining()) {
            throw in.corrupt("impossible number of entries: " + count);
        }
        if (tag == SnapshotFormat.DIRECTORY_NODE_TAG && (level < 1 || level > SnapshotFormat.DIRECTORY_MAX_LEVELS)) {
            throw in.corrupt("directory node of level " + level);
        }
        DirectoryNode node = level == 0 ? leaf(in, (int) count) : inner(in, level, (int) count);
        in.expectEnd();
        return node;
    }

    private static DirectoryNode leaf(ByteReader in, int count) throws IOException {
        ByteString[] names = new ByteString[count];
        long[] inodes = new long[count];
        FileType[] types = new FileType[count];
        for (int i = 0; i < count; i++) {
            names[i] = name(in, i == 0 ? null : names[i - 1]);
            inodes[i] = in.varint();
            types[i] = FileType.ofMode((in.u8() & 15) << 12);
            if (inodes[i] <= 0 || types[i] == null) {
                throw in.corrupt("entry without inode or type");
            }
        }
        return new DirectoryNode(0, names, inodes, types, null, null);
    }

    private static DirectoryNode inner(ByteReader in, int level, int count) throws IOException {
        ByteString[] names = new ByteString[count];
        ChunkId[] children = new ChunkId[count];
        long[] ends = new long[count];
        long end = 0;
        for (int i = 0; i < count; i++) {
            names[i] = name(in, i == 0 ? null : names[i - 1]);
            long entries = in.varint();
            end += entries;
            if (entries <= 0 || end < 0) {
                throw in.corrupt("impossible number of entries of a child: " + entries);
            }
            ends[i] = end;
            children[i] = ChunkId.of(in.bytes(ChunkId.BYTES));
        }
        return new DirectoryNode(level, names, null, null, children, ends);
    }

    private static ByteString name(ByteReader in, ByteString previous) throws IOException {
        ByteString name = InodeCodec.sized(in, 255);
        if (!DirectoryWriter.isValidName(name)) {
            throw in.corrupt("impossible file name " + name.display());
        }
        if (previous != null && previous.compareTo(name) >= 0) {
            throw in.corrupt("names out of order at " + name.display());
        }
        return name;
    }

    int level() {
        return level;
    }

    int count() {
        return names.length;
    }

    /** Entries in the tree below this node. */
    long entryCount() {
        return level == 0 ? names.length : ends[ends.length - 1];
    }

    DirectoryEntry entry(int index) {
        return new DirectoryEntry(names[index], inodes[index], types[index]);
    }

    ChunkId child(int index) {
        return children[index];
    }

    long childStart(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    long childEntries(int index) {
        return ends[index] - childStart(index);
    }

    /** The index of a name in a leaf, or −1. */
    int find(ByteString name) {
        int index = floor(name);
        return index >= 0 && names[index].equals(name) ? index : -1;
    }

    /** The child under which a name must be, or −1 when it sorts before all. */
    int floor(ByteString name) {
        int low = 0;
        int high = names.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (names[middle].compareTo(name) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** The child that holds the entry number {@code index} of this subtree. */
    int childOf(long index) {
        int low = 0;
        int high = ends.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] > index) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    @Override
    public int weightBytes() {
        return 128 + names.length * 100;
    }
}
