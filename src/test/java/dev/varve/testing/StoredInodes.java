package dev.varve.testing;

import dev.varve.fs.VolumeInfo;
import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.Timestamp;
import dev.varve.model.Xattr;
import dev.varve.repository.ChunkSource;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.DirectoryRoot;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.snapshot.VolumeStatistics;
import java.util.List;
import java.util.Random;

/** Ready-made inodes and volumes for tests. */
public final class StoredInodes {
    private StoredInodes() {}

    public static final VolumeStatistics NO_STATISTICS = new VolumeStatistics(0, 0, 0, 0, 0, 0, 0, 0, 0);

    public static VolumeInfo info(long deviceBytes, int blockSize) {
        return new VolumeInfo(
                "ext4",
                "6f5e0d5e-0000-4000-8000-00000000f0f0",
                ByteString.utf8("fox"),
                blockSize,
                deviceBytes / blockSize,
                deviceBytes,
                new Timestamp(1_700_000_000, 0),
                new Timestamp(1_700_000_100, 0),
                3,
                true,
                new Timestamp(1_700_000_000, 0),
                false,
                2,
                1000,
                900,
                800,
                List.of("extent", "64bit"));
    }

    /** A volume without inodes and image, to look into directories with. */
    public static StoredVolume volume(ChunkSource chunks, VolumeCache cache) {
        return volume(chunks, cache, Content.EMPTY, Content.EMPTY, info(0, 4096));
    }

    public static StoredVolume volume(
            ChunkSource chunks, VolumeCache cache, Content inodes, Content image, VolumeInfo info) {
        return new StoredVolume(
                chunks,
                new VolumeRecord("vol", "vol.img", ByteString.utf8("/"), info, inodes, image, NO_STATISTICS),
                cache);
    }

    public static Attributes attributes(FileType type, int permissions, long size) {
        return new Attributes(
                type.bits() | permissions,
                1000,
                1001,
                size,
                (size + 511) / 512,
                1,
                new Timestamp(1_700_000_000, 123_456_789),
                new Timestamp(1_700_000_001, 1),
                new Timestamp(-5, 7),
                0x80000,
                42,
                0,
                0);
    }

    public static StoredInode directory(long number, long parent, DirectoryRoot root) {
        return new StoredInode(
                number,
                attributes(FileType.DIRECTORY, 0755, 4096),
                fingerprint(number),
                List.of(),
                parent,
                null,
                root,
                null,
                false,
                false);
    }

    public static StoredInode file(long number, Content content) {
        return new StoredInode(
                number,
                attributes(FileType.REGULAR, 0644, content.size()),
                fingerprint(number),
                List.of(),
                0,
                null,
                null,
                content,
                false,
                false);
    }

    /** Any inode with any attributes that the format can hold. */
    public static StoredInode random(long number, Random random) {
        FileType type = FileType.values()[random.nextInt(FileType.values().length)];
        Attributes attributes = new Attributes(
                type.bits() | random.nextInt(07777 + 1),
                random.nextInt(),
                random.nextInt(),
                random.nextLong() >>> 1,
                random.nextLong() >>> 1,
                random.nextInt() >>> 1,
                new Timestamp(random.nextLong() >> 20, random.nextInt(1_000_000_000)),
                new Timestamp(random.nextLong() >> 20, random.nextInt(1_000_000_000)),
                new Timestamp(random.nextLong() >> 20, random.nextInt(1_000_000_000)),
                random.nextInt(),
                random.nextInt(),
                random.nextLong(),
                random.nextInt());
        List<Xattr> xattrs = random.nextInt(3) > 0
                ? List.of()
                : List.of(
                        new Xattr(ByteString.utf8("user.a"), bytes(random, random.nextInt(100))),
                        new Xattr(ByteString.utf8("security.capability"), bytes(random, random.nextInt(3000))));
        return new StoredInode(
                number,
                attributes,
                fingerprint(random.nextLong()),
                xattrs,
                type == FileType.DIRECTORY ? 1 + random.nextInt(1000) : 0,
                type == FileType.SYMLINK ? bytes(random, 1 + random.nextInt(200)) : null,
                type == FileType.DIRECTORY ? DirectoryRoot.EMPTY : null,
                type == FileType.REGULAR ? Content.EMPTY : null,
                random.nextInt(10) == 0,
                random.nextInt(10) == 0);
    }

    public static ByteString fingerprint(long seed) {
        return bytes(new Random(seed), StoredInode.FINGERPRINT_BYTES);
    }

    public static ByteString bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return ByteString.of(bytes);
    }
}
