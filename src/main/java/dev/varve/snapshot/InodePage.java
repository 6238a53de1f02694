package dev.varve.snapshot;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.model.CorruptException;
import dev.varve.model.Xattr;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.ChunkSource;
import java.io.IOException;

/**
 * The inodes of 64 consecutive numbers (docs/format.md, "Inode page"). Immutable; decoded from untrusted bytes. Memory: about 400
 * bytes an inode and its attributes, of which an inode has {@link SnapshotFormat#MAX_XATTR_BYTES} at most.
 */
final class InodePage implements VolumeCache.Weighted {
    private final long number;
    private final StoredInode[] inodes;
    private final int weight;

    private InodePage(long number, StoredInode[] inodes, int weight) {
        this.number = number;
        this.inodes = inodes;
        this.weight = weight;
    }

    /** @param inodes by slot; null where there is none */
    static byte[] encode(long number, StoredInode[] inodes, ChunkLane metadata) throws IOException {
        ByteWriter out = new ByteWriter();
        out.u8(SnapshotFormat.INODE_PAGE_TAG);
        out.varint(number);
        long present = 0;
        for (int i = 0; i < inodes.length; i++) {
            present |= inodes[i] == null ? 0 : 1L << i;
        }
        out.u64(present);
        for (StoredInode inode : inodes) {
            if (inode != null) {
                InodeCodec.encode(out, inode, metadata);
            }
        }
        return out.toByteArray();
    }

    static InodePage decode(String resource, byte[] chunk, ChunkSource chunks) throws IOException {
        ByteReader in = ByteReader.of(resource, chunk);
        if (in.u8() != SnapshotFormat.INODE_PAGE_TAG) {
            throw new CorruptException(resource, 0, "not an inode page");
        }
        long number = in.varint();
        if (number < 0 || number > Long.MAX_VALUE / SnapshotFormat.INODES_PER_PAGE) {
            throw new CorruptException(resource, 1, "impossible page number " + number);
        }
        long present = in.u64();
        StoredInode[] inodes = new StoredInode[SnapshotFormat.INODES_PER_PAGE];
        for (int i = 0; i < inodes.length; i++) {
            if ((present & 1L << i) != 0) {
                inodes[i] = InodeCodec.decode(in, number * SnapshotFormat.INODES_PER_PAGE + i, chunks);
            }
        }
        in.expectEnd();
        return new InodePage(
                number, inodes, 512 + 300 * Long.bitCount(present) + 2 * chunk.length + valueBytes(inodes));
    }

    /** Long values lie outside the page's chunk but on the heap with it. At most 64 MiB. */
    private static int valueBytes(StoredInode[] inodes) {
        int bytes = 0;
        for (StoredInode inode : inodes) {
            if (inode != null) {
                for (Xattr xattr : inode.xattrs()) {
                    bytes += xattr.value().length();
                }
            }
        }
        return bytes;
    }

    long number() {
        return number;
    }

    /** Null where there is none. */
    StoredInode inode(int slot) {
        return inodes[slot];
    }

    @Override
    public int weightBytes() {
        return weight;
    }
}
