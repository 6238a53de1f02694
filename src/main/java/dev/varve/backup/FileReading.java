package dev.varve.backup;

import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInode;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import java.io.IOException;

/**
 * Reads one regular file off its blocks and feeds it to a {@link ContentCutter}, in logical order, without a list of its
 * extents: holes and unwritten extents become holes and are never read, blocks behind the end of the file are not content.
 * Says on the way where the file lies. Not thread safe.
 */
final class FileReading {
    private final Volume volume;
    private final SpanReader reader;
    private final ContentCutter cutter;
    private final PlacedRuns placed;
    private final int blockSize;

    private VolumeInode inode;
    private long size;
    private long position;
    private long tailBlock;
    private boolean tailKept;

    FileReading(Volume volume, SpanReader reader, ContentCutter cutter, PlacedRuns placed) {
        this.volume = volume;
        this.reader = reader;
        this.cutter = cutter;
        this.placed = placed;
        this.blockSize = volume.info().blockSize();
    }

    /**
     * Reads the whole file.
     *
     * @return whether the last block holds something other than zeros behind the end of the file
     * @throws IOException if a block or the extent map cannot be read; the content that was begun is then given up, and the
     *     file must be withdrawn from the placed runs
     */
    boolean read(VolumeInode file, ContentCutter.Finished target) throws IOException {
        inode = file;
        size = file.attributes().size();
        position = 0;
        tailBlock = -1;
        tailKept = false;
        if (size < 0) {
            throw corrupt("its size is negative");
        }
        cutter.begin();
        ByteString inline = volume.inlineContent(file);
        if (inline != null) {
            readInline(inline);
        } else {
            volume.extents(file, this::extent);
        }
        if (position < size) {
            cutter.hole(size - position);
        }
        cutter.finish(target);
        if (tailBlock >= 0 && !tailKept) {
            placed.extent(inode.number(), Long.MAX_VALUE, size / blockSize, tailBlock, 1, false);
        }
        return tailKept;
    }

    private void readInline(ByteString inline) throws IOException {
        if (inline.length() > size || inline.length() > cutter.room()) {
            throw corrupt("its inline content is longer than the file");
        }
        inline.copyTo(cutter.buffer(), cutter.position());
        cutter.advance(inline.length());
        position = inline.length();
    }

    private void extent(long logicalBlock, long physicalBlock, long count, boolean unwritten) throws IOException {
        long wholeBlocks = size / blockSize;
        placed.extent(inode.number(), wholeBlocks, logicalBlock, physicalBlock, count, unwritten);
        boolean holdsTail = size % blockSize != 0 && logicalBlock <= wholeBlocks && wholeBlocks - logicalBlock < count;
        if (unwritten || (logicalBlock >= wholeBlocks && !holdsTail)) {
            return;
        }
        long start = logicalBlock * blockSize;
        if (start < position) {
            throw corrupt("its extents overlap at block " + logicalBlock);
        }
        if (start > position) {
            cutter.hole(start - position);
            position = start;
        }
        if (holdsTail) {
            tailBlock = physicalBlock + (wholeBlocks - logicalBlock);
        }
        long end = count > wholeBlocks - logicalBlock ? size : start + count * blockSize;
        long device = physicalBlock * blockSize;
        while (position < end) {
            position += piece(device + (position - start), end - position);
        }
    }

    /** Reads up to {@code left} bytes of content, and to the end of its last block when it ends there. @return bytes of content */
    private int piece(long device, long left) throws IOException {
        int room = cutter.room() / blockSize * blockSize;
        int content = (int) Math.min(left, room);
        int padded = (content + blockSize - 1) / blockSize * blockSize;
        byte[] buffer = cutter.buffer();
        int at = cutter.position();
        reader.read(device, buffer, at, padded);
        tailKept |= !Zeros.are(buffer, at + content, at + padded);
        cutter.advance(content);
        return content;
    }

    private CorruptException corrupt(String reason) {
        return new CorruptException(volume.device().name() + ", inode " + inode.number(), -1, reason);
    }
}
