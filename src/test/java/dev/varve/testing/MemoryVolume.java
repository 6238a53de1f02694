package dev.varve.testing;

import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.PackKind;
import dev.varve.model.Timestamp;
import dev.varve.model.Xattr;
import dev.varve.repository.ChunkLane;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.ContentWriter;
import dev.varve.snapshot.DirectoryEntry;
import dev.varve.snapshot.DirectoryRoot;
import dev.varve.snapshot.DirectoryWriter;
import dev.varve.snapshot.InodePageWriter;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds the files of a stored volume in memory, sane or hostile: inode 2 is the root; names may be anything the writer takes. */
public final class MemoryVolume {
    public static final long ROOT = 2;
    public static final Timestamp TIME = new Timestamp(1_600_000_000, 987_654_321);

    private final MemoryChunks chunks;
    private final ChunkLane lane;
    private final TreeMap<Long, StoredInode> inodes = new TreeMap<>();
    private final Map<Long, TreeMap<ByteString, DirectoryEntry>> directories = new HashMap<>();
    private final Map<Long, Attributes> directoryAttributes = new HashMap<>();
    private final Map<Long, List<Xattr>> directoryXattrs = new HashMap<>();
    private int uid;
    private int gid;
    private long next = 11;

    public MemoryVolume(MemoryChunks chunks) {
        this.chunks = chunks;
        this.lane = chunks.lane(PackKind.METADATA);
        directories.put(ROOT, new TreeMap<>());
        directoryAttributes.put(ROOT, attributes(FileType.DIRECTORY, 0755, 4096, 2, 0, 0));
    }

    /** Owner of what is added from now on. */
    public MemoryVolume owner(int user, int group) {
        uid = user;
        gid = group;
        directoryAttributes.replaceAll((inode, a) -> attributes(FileType.DIRECTORY, a.mode() & 07777, 4096, 2, 0, 0));
        return this;
    }

    public long directory(long parent, String name, int mode) {
        return directory(parent, name, mode, 0);
    }

    public long directory(long parent, String name, int mode, int flags) {
        long inode = next++;
        directories.put(inode, new TreeMap<>());
        directoryAttributes.put(inode, attributes(FileType.DIRECTORY, mode, 4096, 2, 0, flags));
        link(parent, bytes(name), inode, FileType.DIRECTORY);
        return inode;
    }

    public void xattrs(long directory, List<Xattr> xattrs) {
        directoryXattrs.put(directory, xattrs);
    }

    public long file(long parent, String name, byte[] content) throws IOException {
        return file(parent, name, 0644, content(content), 1, 0, List.of());
    }

    public long file(long parent, String name, int mode, Content content, int nlink, int flags, List<Xattr> xattrs) {
        Attributes attributes = attributes(FileType.REGULAR, mode, content.size(), nlink, 0, flags);
        return add(parent, name, attributes, xattrs, null, content, false);
    }

    /** A file whose content could not be read when the backup was made. */
    public long unreadable(long parent, String name) {
        Attributes attributes = attributes(FileType.REGULAR, 0644, 5, 1, 0, 0);
        return add(parent, name, attributes, List.of(), null, Content.EMPTY, true);
    }

    public long symlink(long parent, String name, String target) {
        Attributes attributes = attributes(FileType.SYMLINK, 0777, target.length(), 1, 0, 0);
        return add(parent, name, attributes, List.of(), bytes(target), null, false);
    }

    public long special(long parent, String name, FileType type, int mode, long rdev) {
        return add(parent, name, attributes(type, mode, 0, 1, rdev, 0), List.of(), null, null, false);
    }

    /** Of anything but a directory. */
    public void time(long inode, Timestamp mtime) {
        StoredInode old = inodes.get(inode);
        Attributes a = old.attributes();
        Attributes changed = new Attributes(
                a.mode(), uid, gid, a.size(), a.blocks(), a.nlink(), mtime, TIME, TIME, a.flags(), 0, a.rdev(), 0);
        inodes.put(
                inode,
                new StoredInode(
                        inode,
                        changed,
                        old.fingerprint(),
                        old.xattrs(),
                        old.parent(),
                        old.symlinkTarget(),
                        old.directory(),
                        old.content(),
                        old.unreadable(),
                        old.tailKept()));
    }

    /** Another name for an inode; anything may be linked anywhere. */
    public void link(long parent, ByteString name, long inode, FileType type) {
        directories.get(parent).put(name, new DirectoryEntry(name, inode, type));
    }

    public Content content(byte[] data) throws IOException {
        return data.length == 0 ? Content.EMPTY : content(data, 0);
    }

    /** Data in chunks of at most 100,000 bytes, then a hole. */
    public Content content(byte[] data, long hole) throws IOException {
        ContentWriter writer = new ContentWriter(lane);
        for (int i = 0; i < data.length; i += 100_000) {
            int length = Math.min(100_000, data.length - i);
            writer.addChunk(lane.put(data, i, length), length);
        }
        if (hole > 0) {
            writer.addHole(hole);
        }
        return writer.finish();
    }

    public ChunkLane lane() {
        return lane;
    }

    public StoredVolume build(String mountPoint) throws IOException {
        for (Map.Entry<Long, TreeMap<ByteString, DirectoryEntry>> directory : directories.entrySet()) {
            DirectoryWriter writer = new DirectoryWriter(lane);
            for (DirectoryEntry entry : directory.getValue().values()) {
                writer.add(entry);
            }
            inodes.put(directory.getKey(), directoryInode(directory.getKey(), writer.finish()));
        }
        InodePageWriter pages = new InodePageWriter(lane);
        for (StoredInode inode : inodes.values()) {
            pages.add(inode);
        }
        VolumeRecord record = new VolumeRecord(
                "vol" + mountPoint.replace('/', '-'),
                "vol.img",
                ByteString.utf8(mountPoint),
                StoredInodes.info(1 << 20, 4096),
                pages.finish(),
                Content.EMPTY,
                StoredInodes.NO_STATISTICS);
        return new StoredVolume(chunks, record, VolumeCache.ofBytes(16 << 20));
    }

    private StoredInode directoryInode(long number, DirectoryRoot root) {
        return new StoredInode(
                number,
                directoryAttributes.get(number),
                StoredInodes.fingerprint(number),
                directoryXattrs.getOrDefault(number, List.of()),
                ROOT,
                null,
                root,
                null,
                false,
                false);
    }

    private long add(
            long parent,
            String name,
            Attributes attributes,
            List<Xattr> xattrs,
            ByteString target,
            Content content,
            boolean unreadable) {
        long inode = next++;
        inodes.put(
                inode,
                new StoredInode(
                        inode,
                        attributes,
                        StoredInodes.fingerprint(inode),
                        xattrs,
                        0,
                        target,
                        null,
                        content,
                        unreadable,
                        false));
        link(parent, bytes(name), inode, attributes.type());
        return inode;
    }

    private Attributes attributes(FileType type, int mode, long size, int nlink, long rdev, int flags) {
        return new Attributes(
                type.bits() | mode, uid, gid, size, (size + 511) / 512, nlink, TIME, TIME, TIME, flags, 0, rdev, 0);
    }

    private static ByteString bytes(String name) {
        return ByteString.of(name.getBytes(StandardCharsets.ISO_8859_1));
    }
}
