package dev.varve.device;

import dev.varve.model.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A source with some of its blocks laid over: each either by bytes in memory, or by other bytes of the same source (a
 * journal's copy of the block), so that a large journal costs about 32 bytes a block and not its content. Immutable and
 * thread safe; closes its base.
 */
public final class OverlayBlockSource implements BlockSource {
    private static final long NONE = Long.MIN_VALUE;

    private final BlockSource base;
    private final int blockSize;
    private final LongTable table;
    private final List<byte[]> patches;
    private final byte[] head;

    private OverlayBlockSource(Builder builder) {
        base = builder.base;
        blockSize = builder.blockSize;
        table = builder.table;
        patches = List.copyOf(builder.patches);
        head = builder.head;
    }

    /** Lays blocks over a base. Not thread safe; to be used once. */
    public static final class Builder {
        private final BlockSource base;
        private final int blockSize;
        private final byte[] head;
        private final LongTable table = new LongTable();
        private final List<byte[]> patches = new ArrayList<>();

        /** @param head bytes that stand in front of blocks redirected {@code withHead}, in place of their own */
        public Builder(BlockSource base, int blockSize, byte[] head) {
            this.base = base;
            this.blockSize = blockSize;
            this.head = head.clone();
        }

        /** Shows at {@code block} what the base has from {@code offset} (bytes). The last call for a block counts. */
        public void redirect(long block, long offset, boolean withHead) {
            table.put(block, offset << 1 | (withHead ? 1 : 0));
        }

        /** Shows {@code content} at {@code block}. The last call for a block counts. */
        public void patch(long block, byte[] content) {
            if (content.length != blockSize) {
                throw new IllegalArgumentException("a block has " + blockSize + " bytes, not " + content.length);
            }
            table.put(block, ~(long) patches.size());
            patches.add(content.clone());
        }

        public OverlayBlockSource build() {
            return new OverlayBlockSource(this);
        }
    }

    /** Blocks that differ from the base, or may. */
    public int laidOver() {
        return table.size();
    }

    @Override
    public String name() {
        return base.name();
    }

    @Override
    public long sizeBytes() {
        return base.sizeBytes();
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException {
        if (offset < 0 || target.remaining() > sizeBytes() - offset) {
            throw new CorruptException(name(), offset, "read of " + target.remaining() + " bytes reaches past the end");
        }
        int limit = target.limit();
        long position = offset;
        while (target.position() < limit) {
            int plain = plainBytes(position, limit - target.position());
            if (plain > 0) {
                target.limit(target.position() + plain);
                base.read(position, target);
                target.limit(limit);
            } else {
                plain = readLaidOver(position, target);
            }
            position += plain;
        }
    }

    /** How many of the next bytes are the base's own. */
    private int plainBytes(long position, int wanted) {
        long end = position + wanted;
        long at = position;
        while (at < end && !table.contains(at / blockSize)) {
            at = (at / blockSize + 1) * blockSize;
        }
        return (int) (Math.min(at, end) - position);
    }

    private int readLaidOver(long position, ByteBuffer target) throws IOException {
        long block = position / blockSize;
        int within = (int) (position % blockSize);
        int count = Math.min(blockSize - within, target.remaining());
        long value = table.get(block, NONE);
        if (value < 0) {
            target.put(patches.get((int) ~value), within, count);
            return count;
        }
        int start = target.position();
        int limit = target.limit();
        target.limit(start + count);
        base.read((value >> 1) + within, target);
        target.limit(limit);
        if ((value & 1) != 0) {
            for (int i = within; i < Math.min(head.length, within + count); i++) {
                target.put(start + i - within, head[i]);
            }
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        base.close();
    }
}
