package dev.varve.snapshot;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.Timestamp;
import dev.varve.model.Xattr;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.ChunkSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One inode record of an inode page (docs/format.md, "Inode record"). What is decoded is untrusted. */
final class InodeCodec {
    private static final int HAS_XATTRS = 1;
    private static final int HAS_SYMLINK = 2;
    private static final int HAS_DIRECTORY = 4;
    private static final int HAS_CONTENT = 8;
    private static final int UNREADABLE = 16;
    private static final int TAIL_KEPT = 32;
    private static final int KNOWN_BITS = 63;

    /** Linux allows 64 KiB of names and values of 64 KiB each; more than this is no inode's. */
    private static final int MAX_XATTRS = 4096;

    private static final int MAX_XATTR_NAME = 255;
    private static final int MAX_XATTR_VALUE = 1 << 16;

    /** Longer values stand in chunks of their own, so that a page stays small and equal values are stored once. */
    private static final int INLINE_XATTR_VALUE = 512;

    private static final int MAX_SYMLINK = 65536;

    /** More than all of a record that is neither attribute nor target: numbers, fingerprint, and the parts of a content. */
    private static final int FIXED_RECORD_BYTES = 1024;

    private InodeCodec() {}

    /** @throws CorruptException if a reader would refuse the record */
    static void requireStorable(StoredInode inode) throws CorruptException {
        Attributes attributes = inode.attributes();
        if (inode.number() <= 0 || attributes.size() < 0 || attributes.blocks() < 0) {
            throw unstorable(inode, "a size of " + attributes.size() + " bytes in " + attributes.blocks() + " blocks");
        }
        long values = 0;
        long record = (long) FIXED_RECORD_BYTES
                + (inode.symlinkTarget() == null ? 0 : inode.symlinkTarget().length());
        for (Xattr xattr : inode.xattrs()) {
            int name = xattr.name().length();
            int value = xattr.value().length();
            if (name > MAX_XATTR_NAME || value > MAX_XATTR_VALUE) {
                throw unstorable(inode, "an attribute with a name of " + name + " and a value of " + value + " bytes");
            }
            values += (long) name + value;
            record += 8L + name + (value <= INLINE_XATTR_VALUE ? value : ChunkId.BYTES);
        }
        if (inode.xattrs().size() > MAX_XATTRS || values > SnapshotFormat.MAX_XATTR_BYTES) {
            throw unstorable(inode, inode.xattrs().size() + " attributes of " + values + " bytes");
        }
        if (inode.symlinkTarget() != null && inode.symlinkTarget().length() > MAX_SYMLINK) {
            throw unstorable(inode, "a target of " + inode.symlinkTarget().length() + " bytes");
        }
        if (record > SnapshotFormat.MAX_INODE_BYTES) {
            throw unstorable(inode, "names, short values and target of " + record + " bytes");
        }
    }

    private static CorruptException unstorable(StoredInode inode, String what) {
        return new CorruptException(
                "inode " + inode.number(), -1, "it has " + what + ", more than is stored of one inode");
    }

    static void encode(ByteWriter out, StoredInode inode, ChunkLane metadata) throws IOException {
        Attributes a = inode.attributes();
        int bits = (inode.xattrs().isEmpty() ? 0 : HAS_XATTRS)
                | (inode.symlinkTarget() == null ? 0 : HAS_SYMLINK)
                | (inode.directory() == null ? 0 : HAS_DIRECTORY)
                | (inode.content() == null ? 0 : HAS_CONTENT)
                | (inode.unreadable() ? UNREADABLE : 0)
                | (inode.tailKept() ? TAIL_KEPT : 0);
        out.u8(bits);
        out.varint(a.mode());
        out.varint(Integer.toUnsignedLong(a.uid()));
        out.varint(Integer.toUnsignedLong(a.gid()));
        out.varint(a.size());
        out.varint(a.blocks());
        out.varint(Integer.toUnsignedLong(a.nlink()));
        timestamp(out, a.mtime());
        timestamp(out, a.ctime());
        timestamp(out, a.birthTime());
        out.varint(Integer.toUnsignedLong(a.flags()));
        out.varint(Integer.toUnsignedLong(a.generation()));
        out.varint(a.rdev());
        out.varint(Integer.toUnsignedLong(a.projectId()));
        out.bytes(inode.fingerprint());
        if (!inode.xattrs().isEmpty()) {
            out.varint(inode.xattrs().size());
            for (Xattr xattr : inode.xattrs()) {
                sized(out, xattr.name());
                value(out, xattr.value(), metadata);
            }
        }
        if (inode.symlinkTarget() != null) {
            sized(out, inode.symlinkTarget());
        }
        if (inode.directory() != null) {
            out.varint(inode.parent());
            out.varint(inode.directory().entryCount());
            if (inode.directory().node() != null) {
                out.bytes(inode.directory().node().toBytes());
            }
        }
        if (inode.content() != null) {
            content(out, inode.content());
        }
    }

    static StoredInode decode(ByteReader in, long number, ChunkSource chunks) throws IOException {
        int bits = in.u8();
        if ((bits & ~KNOWN_BITS) != 0) {
            throw in.corrupt("unknown bits in an inode record");
        }
        Attributes attributes = new Attributes(
                int32(in),
                int32(in),
                int32(in),
                in.varint(),
                in.varint(),
                int32(in),
                timestamp(in),
                timestamp(in),
                timestamp(in),
                int32(in),
                int32(in),
                in.varint(),
                int32(in));
        if (attributes.size() < 0 || attributes.blocks() < 0) {
            throw in.corrupt("negative size of inode " + number);
        }
        ByteString fingerprint = in.byteString(StoredInode.FINGERPRINT_BYTES);
        List<Xattr> xattrs = (bits & HAS_XATTRS) == 0 ? List.of() : xattrs(in, chunks);
        ByteString symlink = (bits & HAS_SYMLINK) == 0 ? null : sized(in, MAX_SYMLINK);
        long parent = 0;
        DirectoryRoot directory = null;
        if ((bits & HAS_DIRECTORY) != 0) {
            parent = in.varint();
            long count = in.varint();
            if (count < 0) {
                throw in.corrupt("negative number of entries of inode " + number);
            }
            directory = new DirectoryRoot(count, count == 0 ? null : ChunkId.of(in.bytes(ChunkId.BYTES)));
        }
        Content content = (bits & HAS_CONTENT) == 0 ? null : content(in);
        return new StoredInode(
                number,
                attributes,
                fingerprint,
                xattrs,
                parent,
                symlink,
                directory,
                content,
                (bits & UNREADABLE) != 0,
                (bits & TAIL_KEPT) != 0);
    }

    /** Depth and parts; the size is their sum. */
    static void content(ByteWriter out, Content content) {
        out.u8(content.depth());
        PartList.encode(out, content.parts());
    }

    static Content content(ByteReader in) throws IOException {
        int depth = in.u8();
        if (depth > Content.MAX_DEPTH) {
            throw in.corrupt("content of depth " + depth);
        }
        PartList list = PartList.decode(in, depth, Content.MAX_ROOT_PARTS);
        List<Part> parts = new ArrayList<>(list.count());
        for (int i = 0; i < list.count(); i++) {
            parts.add(list.part(i));
        }
        return new Content(list.size(), depth, parts);
    }

    static void timestamp(ByteWriter out, Timestamp time) {
        out.varint(time.seconds() << 1 ^ time.seconds() >> 63);
        out.varint(time.nanos());
    }

    static Timestamp timestamp(ByteReader in) throws IOException {
        long zigzag = in.varint();
        long nanos = in.varint();
        if (nanos < 0 || nanos > 999_999_999) {
            throw in.corrupt("nanoseconds out of range: " + nanos);
        }
        return new Timestamp(zigzag >>> 1 ^ -(zigzag & 1), (int) nanos);
    }

    static void sized(ByteWriter out, ByteString bytes) {
        out.varint(bytes.length());
        out.bytes(bytes);
    }

    static ByteString sized(ByteReader in, int max) throws IOException {
        long length = in.varint();
        if (length < 0 || length > max) {
            throw in.corrupt("impossible length " + length);
        }
        return in.byteString(length);
    }

    private static List<Xattr> xattrs(ByteReader in, ChunkSource chunks) throws IOException {
        long count = in.varint();
        if (count <= 0 || count > MAX_XATTRS) {
            throw in.corrupt("impossible number of extended attributes: " + count);
        }
        List<Xattr> xattrs = new ArrayList<>();
        long bytes = 0;
        for (long i = 0; i < count; i++) {
            ByteString name = sized(in, MAX_XATTR_NAME);
            ByteString value = value(in, chunks);
            bytes += name.length() + value.length();
            if (bytes > SnapshotFormat.MAX_XATTR_BYTES) {
                throw in.corrupt("extended attributes of more than " + SnapshotFormat.MAX_XATTR_BYTES + " bytes");
            }
            xattrs.add(new Xattr(name, value));
        }
        return xattrs;
    }

    private static void value(ByteWriter out, ByteString value, ChunkLane metadata) throws IOException {
        if (value.length() <= INLINE_XATTR_VALUE) {
            sized(out, value);
            return;
        }
        if (value.length() > MAX_XATTR_VALUE) {
            throw new IllegalArgumentException("attribute value of " + value.length() + " bytes");
        }
        out.varint(value.length());
        out.bytes(metadata.put(value.toBytes(), 0, value.length()).toBytes());
    }

    private static ByteString value(ByteReader in, ChunkSource chunks) throws IOException {
        long length = in.varint();
        if (length < 0 || length > MAX_XATTR_VALUE) {
            throw in.corrupt("impossible length of an attribute: " + length);
        }
        if (length <= INLINE_XATTR_VALUE) {
            return in.byteString(length);
        }
        ChunkId id = ChunkId.of(in.bytes(ChunkId.BYTES));
        byte[] value = chunks.read(id);
        if (value.length != length) {
            throw new CorruptException("chunk " + id.toHex(), -1, "shorter than the attribute that refers to it");
        }
        return ByteString.of(value);
    }

    /** An unsigned 32-bit number as an int. */
    private static int int32(ByteReader in) throws IOException {
        long value = in.varint();
        if (value >>> 32 != 0) {
            throw in.corrupt("more than 32 bits: " + value);
        }
        return (int) value;
    }
}
