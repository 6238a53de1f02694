package dev.varve.fs.ext;

import dev.varve.fs.Volume.EntryVisitor;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Reads directories in on-disk order, hashed ones too: their index blocks look like empty entries. Verifies the checksums
 * of leaf and index blocks. A damaged block does not hide the others: all that can be read is visited, then the first
 * damage is thrown. Hostile input: time is bounded by the blocks the volume has. Thread safe.
 */
final class DirectoryReader {
    private static final int ENTRY_HEADER = 8;
    private static final int MIN_ENTRY = 12;
    private static final int TAIL = 12;
    private static final int TAIL_TYPE = 0xDE;
    private static final int PARENT = 4;
    private static final int LARGEST_SHORT_BLOCK = 65535;

    private final Layout layout;
    private final FileMap files;
    private final XattrReader xattrs;

    DirectoryReader(Layout layout, FileMap files, XattrReader xattrs) {
        this.layout = layout;
        this.files = files;
        this.xattrs = xattrs;
    }

    void entries(RawInode directory, EntryVisitor visitor) throws IOException {
        if (directory.has(RawInode.INLINE_DATA_FL)) {
            inlineEntries(directory, visitor);
            return;
        }
        long blocks = directory.size() >> layout.superblock.logBlockSize;
        Crc32cChain seed = layout.superblock.metadataCsum ? directory.seed() : null;
        CorruptException[] first = {null};
        List<Entry> entries = new ArrayList<>();
        files.extents(directory, (logical, physical, count, unwritten) -> {
            for (long i = 0; i < count && logical + i < blocks && !unwritten; i++) {
                entries.clear();
                try {
                    block(directory, logical + i, physical + i, seed, entries);
                } catch (CorruptException e) {
                    first[0] = first[0] == null ? e : first[0];
                }
                visit(entries, visitor);
            }
        });
        if (first[0] != null) {
            throw first[0];
        }
    }

    private record Entry(ByteString name, long inode) {}

    private static void visit(List<Entry> entries, EntryVisitor visitor) throws IOException {
        for (Entry entry : entries) {
            visitor.entry(entry.name, entry.inode);
        }
    }

    private void block(RawInode directory, long logical, long physical, Crc32cChain seed, List<Entry> entries)
            throws IOException {
        byte[] block = layout.block(physical, "directory block of inode " + directory.number);
        long offset = layout.offset(physical);
        int end = block.length;
        if (seed != null) {
            if (isIndex(directory, logical, block)) {
                if (!indexChecksumMatches(block, seed)) {
                    throw corrupt(directory, offset, "directory index block does not match its checksum");
                }
            } else {
                end -= TAIL;
                if (!leafChecksumMatches(block, seed)) {
                    throw corrupt(directory, offset, "directory block does not match its checksum");
                }
            }
        }
        list(directory, block, 0, end, offset, entries);
    }

    private boolean isIndex(RawInode directory, long logical, byte[] block) {
        boolean indexed = directory.has(RawInode.INDEX_FL) && layout.superblock.has(Feature.DIR_INDEX);
        return indexed && (logical == 0 || recordLength(block, 0) == block.length);
    }

    private boolean leafChecksumMatches(byte[] block, Crc32cChain seed) {
        int tail = block.length - TAIL;
        return Raw.i32(block, tail) == 0
                && Raw.u16(block, tail + 4) == TAIL
                && Raw.u8(block, tail + 6) == 0
                && Raw.u8(block, tail + 7) == TAIL_TYPE
                && seed.of(block, 0, tail) == Raw.i32(block, tail + 8);
    }

    /** As ext4_dx_csum: the entries in use, then the tail behind the entries that there is room for. */
    private boolean indexChecksumMatches(byte[] block, Crc32cChain seed) {
        int counts = recordLength(block, 0) == block.length ? 8 : 32;
        int limit = Raw.u16(block, counts);
        int count = Raw.u16(block, counts + 2);
        int tail = counts + limit * 8;
        if (count > limit || tail > block.length - 8) {
            return false;
        }
        CRC32C crc = seed.begin();
        crc.update(block, 0, counts + count * 8);
        crc.update(block, tail, 4);
        crc.update(new byte[4]);
        return Crc32cChain.state(crc) == Raw.i32(block, tail + 4);
    }

    /** Record lengths of 64 KiB blocks do not fit 16 bits and are folded. */
    private static int recordLength(byte[] block, int at) {
        int length = Raw.u16(block, at + 4);
        if (block.length <= LARGEST_SHORT_BLOCK) {
            return length;
        }
        return length == LARGEST_SHORT_BLOCK || length == 0 ? block.length : length & 65532 | (length & 3) << 16;
    }

    /** @param offset byte of the device where {@code bytes} begins, or −1 inside an inode */
    private void list(RawInode directory, byte[] bytes, int from, int to, long offset, List<Entry> entries)
            throws CorruptException {
        boolean typed = layout.superblock.has(Feature.FILETYPE);
        int at = from;
        while (at < to) {
            long position = offset < 0 ? -1 : offset + at;
            if (to - at < ENTRY_HEADER) {
                throw corrupt(directory, position, "directory entry is cut off");
            }
            int length = recordLength(bytes, at);
            int nameLength = typed ? Raw.u8(bytes, at + 6) : Raw.u16(bytes, at + 6);
            if (length < MIN_ENTRY || length % 4 != 0 || length > to - at || nameLength > length - ENTRY_HEADER) {
                throw corrupt(
                        directory, position, "directory entry of " + length + " bytes with a name of " + nameLength);
            }
            long inode = Raw.u32(bytes, at);
            if (inode != 0) {
                entry(directory, ByteString.of(bytes, at + ENTRY_HEADER, nameLength), inode, position, entries);
            }
            at += length;
        }
    }

    private void entry(RawInode directory, ByteString name, long inode, long position, List<Entry> entries)
            throws CorruptException {
        if (inode > layout.superblock.inodesCount) {
            throw corrupt(directory, position, "directory entry '" + name.display() + "' names inode " + inode);
        }
        for (int i = 0; i < name.length(); i++) {
            if (name.at(i) == '/' || name.at(i) == 0) {
                throw corrupt(directory, position, "directory entry '" + name.display() + "' has an impossible name");
            }
        }
        if (name.isEmpty() || name.length() > 255) {
            throw corrupt(directory, position, "directory entry with a name of " + name.length() + " bytes");
        }
        entries.add(new Entry(name, inode));
    }

    /** Four bytes of parent, entries in the rest of i_block, more entries in the attribute system.data. */
    private void inlineEntries(RawInode directory, EntryVisitor visitor) throws IOException {
        byte[] bytes = directory.bytes;
        int start = RawInode.BLOCK_OFFSET;
        List<Entry> entries = new ArrayList<>();
        CorruptException damage = null;
        try {
            entries.add(new Entry(ByteString.utf8("."), directory.number));
            entry(directory, ByteString.utf8(".."), Raw.u32(bytes, start), -1, entries);
            int within = (int) Math.min(directory.size(), RawInode.BLOCK_BYTES);
            list(directory, bytes, start + PARENT, start + Math.max(PARENT, within), -1, entries);
            byte[] rest = xattrs.inlineData(directory);
            list(directory, rest, 0, rest.length, -1, entries);
        } catch (CorruptException e) {
            damage = e;
        }
        visit(entries, visitor);
        if (damage != null) {
            throw damage;
        }
    }

    private CorruptException corrupt(RawInode inode, long offset, String reason) {
        return layout.corrupt(offset, "inode " + inode.number + ": " + reason);
    }
}
