package dev.varve.testing;

import dev.varve.fs.VolumeInfo;
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
import dev.varve.snapshot.ImageMapWriter;
import dev.varve.snapshot.InodePageWriter;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.snapshot.VolumeStatistics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** A small volume made by hand, written as a backup writes it. Names are Latin-1: a character is a byte. Root is inode 2. */
public final class SampleVolume {
    public static final int BLOCK_BYTES = 4096;
    public static final Timestamp TIME = new Timestamp(1_714_500_000, 123_456_789);
    private static final int ROOT = 2;
    private static final int CHUNK_BYTES = 32 << 10;

    private final String name;
    private final String mountPoint;
    private final NavigableMap<Long, Item> items = new TreeMap<>();
    private final byte[] superblock;
    private long next = 12;

    private static final class Item {
        private int mode;
        private int links;
        private int uid;
        private long parent;
        private byte[] content;
        private ByteString target;
        private List<Xattr> xattrs = new ArrayList<>();
        private NavigableMap<ByteString, Long> entries;
    }

    public SampleVolume(String name, String mountPoint) {
        this.name = name;
        this.mountPoint = mountPoint;
        this.superblock = ("superblock of " + name).repeat(200).getBytes(StandardCharsets.ISO_8859_1);
        Item root = new Item();
        root.mode = FileType.DIRECTORY.bits() | 0755;
        root.links = 2;
        root.parent = ROOT;
        root.entries = new TreeMap<>();
        items.put((long) ROOT, root);
    }

    public SampleVolume directory(String path) {
        Item item = add(path, FileType.DIRECTORY.bits() | 0755);
        item.entries = new TreeMap<>();
        item.links = 2;
        items.get(item.parent).links++;
        return this;
    }

    public SampleVolume file(String path, byte[] content) {
        add(path, FileType.REGULAR.bits() | 0644).content = content;
        return this;
    }

    public SampleVolume file(String path, String content) {
        return file(path, content.getBytes(StandardCharsets.ISO_8859_1));
    }

    public SampleVolume link(String path, String target) {
        add(path, FileType.SYMLINK.bits() | 0777).target = latin1(target);
        return this;
    }

    public SampleVolume hardLink(String path, String existing) {
        long number = number(existing);
        items.get(number).links++;
        items.get(number(parent(path))).entries.put(latin1(last(path)), number);
        return this;
    }

    public SampleVolume xattr(String path, String attribute, byte[] value) {
        items.get(number(path)).xattrs.add(new Xattr(latin1(attribute), ByteString.of(value)));
        return this;
    }

    public SampleVolume mode(String path, int permissions, int uid) {
        Item item = items.get(number(path));
        item.mode = (item.mode & FileType.MASK) | permissions;
        item.uid = uid;
        return this;
    }

    /** The inode number of a path. */
    public long number(String path) {
        long number = ROOT;
        for (String component : path.split("/")) {
            if (!component.isEmpty()) {
                number = items.get(number).entries.get(latin1(component));
            }
        }
        return number;
    }

    /** The first block of the image. */
    public byte[] firstBlock() {
        return java.util.Arrays.copyOf(superblock, BLOCK_BYTES);
    }

    public VolumeRecord write(MemoryChunks chunks) throws IOException {
        try (ChunkLane metadata = chunks.lane(PackKind.METADATA);
                ChunkLane data = chunks.lane(PackKind.DATA)) {
            InodePageWriter pages = new InodePageWriter(metadata);
            ImageMapWriter image = new ImageMapWriter(metadata, BLOCK_BYTES, deviceBytes());
            image.raw(data.put(firstBlock(), 0, BLOCK_BYTES), 1);
            for (var entry : items.entrySet()) {
                StoredInode inode = stored(entry.getKey(), entry.getValue(), metadata, data);
                pages.add(inode);
                if (inode.content() != null && inode.content().size() > 0) {
                    image.file(inode.number(), 0, blocks(inode.content().size()));
                }
            }
            image.free(1);
            VolumeInfo info = new VolumeInfo(
                    "ext4",
                    "00000000-0000-0000-0000-000000000000",
                    ByteString.EMPTY,
                    BLOCK_BYTES,
                    deviceBytes() / BLOCK_BYTES,
                    deviceBytes(),
                    TIME,
                    TIME,
                    1,
                    true,
                    TIME,
                    false,
                    ROOT,
                    next,
                    0,
                    1,
                    List.of());
            return new VolumeRecord(
                    name,
                    "test",
                    latin1(mountPoint),
                    info,
                    pages.finish(),
                    image.finish(),
                    new VolumeStatistics(items.size(), 0, 0, 0, 0, 0, 0, 0, 0));
        }
    }

    public static Manifest manifest(String host, String snapshot, long seconds, VolumeRecord... volumes) {
        return new Manifest(
                host + "/" + snapshot, host, snapshot, new Timestamp(seconds, 0), "UTC", "test", List.of(volumes));
    }

    private long deviceBytes() {
        long blocks = 2;
        for (Item item : items.values()) {
            blocks += item.content == null ? 0 : blocks(item.content.length);
        }
        return blocks * BLOCK_BYTES;
    }

    private static long blocks(long bytes) {
        return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
    }

    private StoredInode stored(long number, Item item, ChunkLane metadata, ChunkLane data) throws IOException {
        long size = item.content != null ? item.content.length : item.target != null ? item.target.length() : 4096;
        Attributes attributes = new Attributes(
                item.mode,
                item.uid,
                item.uid,
                size,
                item.content == null ? 8 : blocks(size) * 8,
                item.links,
                TIME,
                TIME,
                TIME,
                0,
                0,
                0,
                0);
        DirectoryRoot directory = item.entries == null ? null : entries(item, metadata);
        Content content = item.content == null ? null : content(item.content, metadata, data);
        return new StoredInode(
                number,
                attributes,
                ByteString.of(new byte[StoredInode.FINGERPRINT_BYTES]),
                item.xattrs,
                item.entries == null ? 0 : item.parent,
                item.target,
                directory,
                content,
                false,
                false);
    }

    private DirectoryRoot entries(Item item, ChunkLane metadata) throws IOException {
        DirectoryWriter writer = new DirectoryWriter(metadata);
        for (var entry : item.entries.entrySet()) {
            writer.add(new DirectoryEntry(
                    entry.getKey(), entry.getValue(), FileType.ofMode(items.get(entry.getValue()).mode)));
        }
        return writer.finish();
    }

    private static Content content(byte[] bytes, ChunkLane metadata, ChunkLane data) throws IOException {
        ContentWriter writer = new ContentWriter(metadata);
        for (int at = 0; at < bytes.length; at += CHUNK_BYTES) {
            int length = Math.min(CHUNK_BYTES, bytes.length - at);
            writer.addChunk(data.put(bytes, at, length), length);
        }
        return writer.finish();
    }

    private Item add(String path, int mode) {
        Item item = new Item();
        item.mode = mode;
        item.links = 1;
        item.parent = number(parent(path));
        items.put(next, item);
        items.get(item.parent).entries.put(latin1(last(path)), next);
        next++;
        return item;
    }

    private static String parent(String path) {
        return path.substring(0, path.lastIndexOf('/'));
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static ByteString latin1(String text) {
        return ByteString.of(text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
