package dev.varve.fs.ext;

import dev.varve.device.BlockSource;
import dev.varve.fs.InodeScan;
import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInfo;
import dev.varve.fs.VolumeInode;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.FileType;
import dev.varve.model.Xattr;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * An ext2, ext3 or ext4 file system, read without the kernel and without ever writing: a journal that must be replayed is
 * laid over the source. Thread safe. Closing it closes the source. Hostile input throughout. Memory: a block cache of
 * 4 MiB, and 32 bytes for each block that a dirty journal holds; nothing for an inode.
 */
public final class ExtVolume implements Volume {
    static final long ROOT_INODE = 2;

    /** PATH_MAX without its end: no system call makes a longer one. */
    private static final int MAX_TARGET = 4095;

    private final Layout layout;
    private final boolean clean;
    private final GroupTable groups;
    private final InodeTable inodes;
    private final FileMap files;
    private final XattrReader xattrs;
    private final DirectoryReader directories;
    private final AllocationMap allocation;
    private final InlineData inline;
    private final Fingerprint fingerprint;

    private ExtVolume(Layout layout, boolean clean) {
        this.layout = layout;
        this.clean = clean;
        groups = new GroupTable(layout);
        inodes = new InodeTable(layout, groups);
        files = new FileMap(layout);
        xattrs = new XattrReader(layout, files, inodes::raw);
        directories = new DirectoryReader(layout, files, xattrs);
        allocation = new AllocationMap(layout, groups);
        inline = new InlineData(layout, xattrs);
        fingerprint = new Fingerprint(files, xattrs);
    }

    /** Whether the bytes at the place of the superblock carry ext's magic. */
    public static boolean isExt(BlockSource source) throws IOException {
        return source.sizeBytes() >= Superblock.OFFSET + Superblock.BYTES
                && Raw.u16(Superblock.readRaw(source), Superblock.MAGIC_OFFSET) == Superblock.MAGIC;
    }

    /**
     * Opens a volume; replays its journal in memory if it needs that. The source belongs to the volume only if this returns.
     *
     * @throws dev.varve.model.UnsupportedVolumeException for features that cannot be read correctly
     * @throws CorruptException for a superblock or journal that cannot be trusted, and for a truncated device
     */
    public static ExtVolume open(BlockSource source) throws IOException {
        Superblock superblock = Superblock.read(source);
        if (!superblock.has(Feature.NEEDS_RECOVERY)) {
            return new ExtVolume(new Layout(source, superblock), true);
        }
        BlockSource recovered = Recovery.recover(new Layout(source, superblock));
        return new ExtVolume(new Layout(recovered, Superblock.read(recovered)), false);
    }

    @Override
    public VolumeInfo info() {
        Superblock s = layout.superblock;
        return new VolumeInfo(
                s.features.type(),
                s.uuidText(),
                s.label,
                s.blockSize,
                s.blocksCount,
                layout.device.sizeBytes(),
                s.mkfsTime,
                s.wtime,
                s.mountCount,
                clean,
                s.lastCheck,
                s.errors,
                ROOT_INODE,
                s.inodesCount,
                s.freeInodesCount,
                s.freeBlocksCount,
                s.features.names());
    }

    @Override
    public BlockSource device() {
        return layout.device;
    }

    @Override
    public InodeScan scan() {
        return new TableScan(layout, groups, inodes);
    }

    @Override
    public VolumeInode inode(long number) throws IOException {
        return inodes.inode(number);
    }

    @Override
    public void extents(VolumeInode inode, ExtentVisitor visitor) throws IOException {
        files.extents(sound(inode), visitor);
    }

    @Override
    public ByteString inlineContent(VolumeInode inode) throws IOException {
        RawInode raw = sound(inode);
        if (raw.type() != FileType.REGULAR || !raw.has(RawInode.INLINE_DATA_FL)) {
            return null;
        }
        byte[] content = inline.content(raw);
        return content == null ? null : ByteString.of(content);
    }

    @Override
    public List<Xattr> xattrs(VolumeInode inode) throws IOException {
        return xattrs.xattrs(sound(inode));
    }

    @Override
    public ByteString symlinkTarget(VolumeInode inode) throws IOException {
        RawInode raw = sound(inode);
        long size = raw.size();
        boolean possible =
                size >= 1 && size <= MAX_TARGET && (size < layout.superblock.blockSize || raw.isFastSymlink());
        if (raw.type() != FileType.SYMLINK || !possible) {
            throw layout.corrupt(-1, "inode " + raw.number + ": no link target of " + size + " bytes");
        }
        byte[] target;
        if (raw.has(RawInode.INLINE_DATA_FL)) {
            target = inline.content(raw);
            if (target == null) {
                throw layout.corrupt(-1, "inode " + raw.number + ": link target of zero bytes");
            }
        } else if (!raw.isFastSymlink()) {
            target = files.read(raw, (int) size);
        } else if (size < RawInode.BLOCK_BYTES) {
            target = Arrays.copyOfRange(raw.bytes, RawInode.BLOCK_OFFSET, RawInode.BLOCK_OFFSET + (int) size);
        } else {
            throw layout.corrupt(-1, "inode " + raw.number + ": link target of " + size + " bytes inside the inode");
        }
        for (byte b : target) {
            if (b == 0) {
                throw layout.corrupt(-1, "inode " + raw.number + ": link target with a zero byte");
            }
        }
        return ByteString.of(target);
    }

    @Override
    public void entries(VolumeInode directory, EntryVisitor visitor) throws IOException {
        RawInode raw = sound(directory);
        if (raw.type() != FileType.DIRECTORY) {
            throw layout.corrupt(-1, "inode " + raw.number + " is no directory");
        }
        directories.entries(raw, visitor);
    }

    @Override
    public ByteString fingerprint(VolumeInode inode) throws IOException {
        return fingerprint.of(sound(inode));
    }

    @Override
    public void allocatedRuns(long firstBlock, long endBlock, RunVisitor visitor) throws IOException {
        allocation.runs(firstBlock, endBlock, visitor);
    }

    private RawInode sound(VolumeInode inode) throws CorruptException {
        if (inode.damage() != null) {
            throw layout.corrupt(-1, "inode " + inode.number() + ": " + inode.damage());
        }
        return (RawInode) inode.raw();
    }

    @Override
    public void close() throws IOException {
        layout.device.close();
    }
}
