package dev.varve.fs;

import dev.varve.device.BlockSource;
import dev.varve.model.ByteString;
import dev.varve.model.Xattr;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * A file system on a block device, read without the kernel. Its input is hostile: every method may throw {@link
 * dev.varve.model.CorruptException}, none loops without bound, none allocates by an unchecked length. Thread safe.
 */
public interface Volume extends Closeable {
    VolumeInfo info();

    /** The device as a reader of files and images must see it: replayed journal blocks laid over the source. */
    BlockSource device();

    /** All inodes in use, system inodes included, by ascending number; reads the inode tables sequentially. */
    InodeScan scan() throws IOException;

    /** One inode. @throws dev.varve.model.NotFoundException if it is not in use */
    VolumeInode inode(long number) throws IOException;

    /** Allocated extents in logical order (written and unwritten); none for inline content, devices, fast symlinks. */
    void extents(VolumeInode inode, ExtentVisitor visitor) throws IOException;

    /** The whole content of a regular file that lives inside its inode, or null if it has extents (or is empty). */
    ByteString inlineContent(VolumeInode inode) throws IOException;

    /** In the VFS form, sorted by name; internal ones (encryption context, inline data) left out. */
    List<Xattr> xattrs(VolumeInode inode) throws IOException;

    ByteString symlinkTarget(VolumeInode inode) throws IOException;

    /** The entries of a directory in on-disk order, {@code .} and {@code ..} included. */
    void entries(VolumeInode directory, EntryVisitor visitor) throws IOException;

    /**
     * 16 bytes that change whenever the inode's content may have changed: a hash of number, generation, birth time, size,
     * mode, flags, mtime, ctime, i_version and the extent map (reads extent blocks of deep files).
     */
    ByteString fingerprint(VolumeInode inode) throws IOException;

    /**
     * Visits maximal runs of allocated blocks that intersect {@code [firstBlock, endBlock)}, clipped to it, ascending.
     * Everything no allocation map covers (boot block, tail of the device behind the file system) counts as allocated.
     * Blocks are {@code info().blockSize()} bytes; the last block of the device may be short.
     */
    void allocatedRuns(long firstBlock, long endBlock, RunVisitor visitor) throws IOException;

    @Override
    void close() throws IOException;

    /** Receives one extent: {@code count} blocks of the file from {@code logicalBlock} at {@code physicalBlock} of the device. */
    @FunctionalInterface
    interface ExtentVisitor {
        /** @param unwritten allocated but never written: reads as zeros */
        void extent(long logicalBlock, long physicalBlock, long count, boolean unwritten) throws IOException;
    }

    /** Receives one directory entry. */
    @FunctionalInterface
    interface EntryVisitor {
        void entry(ByteString name, long inode) throws IOException;
    }

    /** Receives one run of blocks. */
    @FunctionalInterface
    interface RunVisitor {
        void run(long firstBlock, long count) throws IOException;
    }
}
