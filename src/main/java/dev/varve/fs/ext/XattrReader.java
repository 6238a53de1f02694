package dev.varve.fs.ext;

import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.FileType;
import dev.varve.model.NotFoundException;
import dev.varve.model.Xattr;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Extended attributes behind the fields of an inode, in a block of their own, and with values in inodes of their own
 * (ea_inode). Hostile input: every entry and value is held against the end of its region before it is copied. Thread safe.
 */
final class XattrReader {
    static final int INDEX_SYSTEM = 7;

    private static final int MAGIC = 0xEA020000;
    private static final int INODE_HEADER = 4;
    private static final int BLOCK_HEADER = 32;
    private static final int CHECKSUM_AT = 16;
    private static final int ENTRY_HEADER = 16;

    /** The VFS's bounds of a name, a value, and the list of all names (XATTR_NAME_MAX, XATTR_SIZE_MAX, XATTR_LIST_MAX). */
    private static final int MAX_NAME = 255;

    private static final int MAX_VALUE = 1 << 16;
    private static final int MAX_LIST = 1 << 16;

    /** No block of attributes has more; those with inodes of their own for thousands of tiny values are crafted. */
    private static final int MAX_SMALL_BYTES = 96 << 10;

    private static final int SMALL_VALUE = 512;
    private static final int MAX_ALL_BYTES = 1 << 20;
    private static final int MAX_COUNT = 4096;
    private static final int INDEX_ACL_ACCESS = 2;
    private static final int INDEX_ACL_DEFAULT = 3;

    /** By name index; null for what the kernel has no handler for and therefore does not list. */
    private static final String[] PREFIXES = {
        null,
        "user.",
        "system.posix_acl_access",
        "system.posix_acl_default",
        "trusted.",
        null,
        "security.",
        null,
        null,
        null,
        "gnu."
    };

    /** Where attribute inodes come from. */
    @FunctionalInterface
    interface InodeSource {
        RawInode inode(long number) throws IOException;
    }

    private final Layout layout;
    private final FileMap files;
    private final InodeSource inodes;

    XattrReader(Layout layout, FileMap files, InodeSource inodes) {
        this.layout = layout;
        this.files = files;
        this.inodes = inodes;
    }

    @FunctionalInterface
    private interface EntryVisitor {
        void entry(Region region, int at, int index, ByteString name) throws IOException;
    }

    /** Bytes that hold entries and values; value offsets count from {@code valueBase}. */
    private static final class Region {
        private final byte[] bytes;
        private final int entries;
        private final int valueBase;
        private final long offset;

        Region(byte[] bytes, int entries, int valueBase, long offset) {
            this.bytes = bytes;
            this.entries = entries;
            this.valueBase = valueBase;
            this.offset = offset;
        }
    }

    /** All attributes the kernel lists, in the VFS form, sorted by name. */
    List<Xattr> xattrs(RawInode inode) throws IOException {
        List<Xattr> found = new ArrayList<>();
        Budget budget = new Budget(inode);
        visit(inode, (region, at, index, name) -> {
            String prefix = index < PREFIXES.length ? PREFIXES[index] : null;
            if (prefix != null) {
                byte[] value = value(inode, region, at);
                if (index == INDEX_ACL_ACCESS || index == INDEX_ACL_DEFAULT) {
                    value = AclForm.toVfs(value);
                    if (value == null) {
                        throw corrupt(inode, region.offset, "malformed POSIX ACL");
                    }
                }
                Xattr xattr = new Xattr(join(prefix, name), ByteString.of(value));
                budget.take(xattr);
                found.add(xattr);
            }
        });
        found.sort(Comparator.comparing(Xattr::name));
        return found;
    }

    /** What the attributes of one inode may take, lest crafted volumes fill memory or a snapshot's pages. */
    private final class Budget {
        private final RawInode inode;
        private int count;
        private long listBytes;
        private long smallBytes;
        private long allBytes;

        private Budget(RawInode inode) {
            this.inode = inode;
        }

        private void take(Xattr xattr) throws CorruptException {
            int name = xattr.name().length();
            int value = xattr.value().length();
            if (name > MAX_NAME) {
                throw corrupt(inode, -1, "attribute name of " + name + " bytes");
            }
            if (value > MAX_VALUE) {
                throw corrupt(inode, -1, "attribute value of " + value + " bytes");
            }
            listBytes += name + 1;
            smallBytes += name + Math.min(value, SMALL_VALUE);
            allBytes += name + value;
            boolean tooMany = ++count > MAX_COUNT || listBytes > MAX_LIST;
            if (tooMany || smallBytes > MAX_SMALL_BYTES || allBytes > MAX_ALL_BYTES) {
                throw corrupt(inode, -1, "more attributes than any inode has");
            }
        }
    }

    /** The part of inline data that did not fit i_block; empty if there is none. */
    byte[] inlineData(RawInode inode) throws IOException {
        byte[][] data = {new byte[0]};
        Region region = inodeRegion(inode);
        if (region != null) {
            entries(inode, region, (r, at, index, name) -> {
                if (index == INDEX_SYSTEM && name.equals(ByteString.utf8("data"))) {
                    data[0] = value(inode, r, at);
                }
            });
        }
        return data[0];
    }

    private static ByteString join(String prefix, ByteString name) {
        byte[] head = prefix.getBytes(StandardCharsets.US_ASCII);
        byte[] whole = new byte[head.length + name.length()];
        System.arraycopy(head, 0, whole, 0, head.length);
        name.copyTo(whole, head.length);
        return ByteString.of(whole);
    }

    private void visit(RawInode inode, EntryVisitor visitor) throws IOException {
        Region inside = inodeRegion(inode);
        if (inside != null) {
            entries(inode, inside, visitor);
        }
        if (inode.fileAcl() != 0) {
            entries(inode, blockRegion(inode), visitor);
        }
    }

    private static Region inodeRegion(RawInode inode) {
        int start = inode.attributesOffset();
        boolean present = start + INODE_HEADER <= inode.bytes.length && Raw.i32(inode.bytes, start) == MAGIC;
        return present ? new Region(inode.bytes, start + INODE_HEADER, start + INODE_HEADER, -1) : null;
    }

    private Region blockRegion(RawInode inode) throws IOException {
        long number = inode.fileAcl();
        byte[] block = layout.block(number, "attribute block of inode " + inode.number);
        long offset = layout.offset(number);
        if (Raw.i32(block, 0) != MAGIC || Raw.i32(block, 8) != 1) {
            throw corrupt(inode, offset, "no attribute block");
        }
        if (layout.superblock.metadataCsum && checksum(number, block) != Raw.i32(block, CHECKSUM_AT)) {
            throw corrupt(inode, offset, "attribute block does not match its checksum");
        }
        return new Region(block, BLOCK_HEADER, 0, offset);
    }

    private int checksum(long number, byte[] block) {
        byte[] head = new byte[8];
        Raw.put64(head, 0, number);
        CRC32C crc = layout.superblock.seed.begin();
        crc.update(head);
        crc.update(block, 0, CHECKSUM_AT);
        crc.update(new byte[4]);
        crc.update(block, CHECKSUM_AT + 4, block.length - CHECKSUM_AT - 4);
        return Crc32cChain.state(crc);
    }

    private void entries(RawInode inode, Region region, EntryVisitor visitor) throws IOException {
        byte[] bytes = region.bytes;
        int at = region.entries;
        while (true) {
            if (at + 4 > bytes.length) {
                throw corrupt(inode, region.offset, "attributes without an end");
            }
            if (Raw.i32(bytes, at) == 0) {
                return;
            }
            int nameLength = Raw.u8(bytes, at);
            int end = at + ENTRY_HEADER + nameLength;
            if (end > bytes.length) {
                throw corrupt(inode, region.offset, "attribute name reaches past the end");
            }
            visitor.entry(region, at, Raw.u8(bytes, at + 1), ByteString.of(bytes, at + ENTRY_HEADER, nameLength));
            at += ENTRY_HEADER + (nameLength + 3 & ~3);
        }
    }

    private byte[] value(RawInode inode, Region region, int at) throws IOException {
        byte[] bytes = region.bytes;
        long size = Raw.u32(bytes, at + 8);
        long valueInode = Raw.u32(bytes, at + 4);
        if (valueInode != 0) {
            return valueFromInode(inode, region, valueInode, size);
        }
        long start = region.valueBase + (long) Raw.u16(bytes, at + 2);
        if (size > 0 && size > bytes.length - start) {
            throw corrupt(inode, region.offset, "attribute value of " + size + " bytes reaches past the end");
        }
        byte[] value = new byte[(int) size];
        System.arraycopy(bytes, size == 0 ? 0 : (int) start, value, 0, value.length);
        return value;
    }

    private byte[] valueFromInode(RawInode owner, Region region, long number, long size) throws IOException {
        if (!layout.superblock.has(Feature.EA_INODE)) {
            throw corrupt(owner, region.offset, "attribute value in inode " + number + " without feature ea_inode");
        }
        RawInode source = attributeInode(owner, region, number);
        String damage = source.damage();
        boolean fitting =
                source.type() == FileType.REGULAR && source.has(RawInode.EA_INODE_FL) && source.size() == size;
        if (damage != null || !fitting || size > MAX_VALUE) {
            String reason = damage != null ? damage : "is none of " + size + " bytes";
            throw corrupt(owner, region.offset, "attribute inode " + number + ": " + reason);
        }
        byte[] value = files.read(source, (int) size);
        boolean lustre = source.mtimeSeconds() == (int) owner.number && source.generation() == owner.generation();
        if (!lustre && layout.superblock.seed.of(value, 0, value.length) != source.atimeSeconds()) {
            throw corrupt(owner, region.offset, "attribute inode " + number + " does not match its checksum");
        }
        return value;
    }

    private RawInode attributeInode(RawInode owner, Region region, long number) throws IOException {
        try {
            return inodes.inode(number);
        } catch (NotFoundException e) {
            CorruptException corrupt = corrupt(owner, region.offset, "attribute inode " + number + " is not in use");
            corrupt.initCause(e);
            throw corrupt;
        }
    }

    private CorruptException corrupt(RawInode inode, long offset, String reason) {
        return layout.corrupt(offset, "inode " + inode.number + ": " + reason);
    }
}
