package dev.varve.snapshot;

import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.repository.ChunkSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads what {@link IndexWriter} wrote. Thread safe. Input is untrusted. */
final class IndexReader {
    private final ChunkSource chunks;
    private final VolumeCache cache;
    private final ContentReader content;

    IndexReader(ChunkSource chunks, VolumeCache cache, Content content) {
        this.chunks = chunks;
        this.cache = cache;
        this.content = new ContentReader(chunks, cache, content);
    }

    /** One more than the highest slot that can be filled. */
    long slots() {
        return content.size() / ChunkId.BYTES;
    }

    /** The id at a slot, or null when the slot is empty. */
    ChunkId get(long slot) throws IOException {
        if (slot < 0 || slot >= slots()) {
            return null;
        }
        Block block = block(slot / SnapshotFormat.INDEX_BLOCK_SLOTS);
        return block == null ? null : block.ids[(int) (slot % SnapshotFormat.INDEX_BLOCK_SLOTS)];
    }

    /** The first filled slot at or behind {@code from}, or −1. Skips holes without visiting their slots. */
    long nextFilled(long from) throws IOException {
        long firstByte = from / SnapshotFormat.INDEX_BLOCK_SLOTS * SnapshotFormat.INDEX_BLOCK_BYTES;
        if (from < 0 || firstByte >= content.size()) {
            return -1;
        }
        long position = firstByte;
        while (position < content.size()) {
            ContentReader.Span span = content.span(position);
            if (span.id() != null) {
                Block block = block(position / SnapshotFormat.INDEX_BLOCK_BYTES);
                long base = position / SnapshotFormat.INDEX_BLOCK_BYTES * SnapshotFormat.INDEX_BLOCK_SLOTS;
                for (int i = (int) Math.max(0, from - base); i < SnapshotFormat.INDEX_BLOCK_SLOTS; i++) {
                    if (block.ids[i] != null) {
                        return base + i;
                    }
                }
            }
            position = span.end();
        }
        return -1;
    }

    private Block block(long number) throws IOException {
        ContentReader.Span span = content.span(number * SnapshotFormat.INDEX_BLOCK_BYTES);
        if (span.id() == null) {
            return null;
        }
        if (span.start() != number * SnapshotFormat.INDEX_BLOCK_BYTES
                || span.end() - span.start() != SnapshotFormat.INDEX_BLOCK_BYTES) {
            throw new CorruptException("chunk " + span.id().toHex(), -1, "not a block of an index");
        }
        return cache.get(chunks, span.id(), Block.class, Block::decode);
    }

    private static final class Block implements VolumeCache.Weighted {
        private final ChunkId[] ids;

        private Block(ChunkId[] ids) {
            this.ids = ids;
        }

        static Block decode(String resource, byte[] chunk) throws IOException {
            if (chunk.length != SnapshotFormat.INDEX_BLOCK_BYTES) {
                throw new CorruptException(resource, -1, "not a block of an index");
            }
            ChunkId[] ids = new ChunkId[SnapshotFormat.INDEX_BLOCK_SLOTS];
            ByteBuffer buffer = ByteBuffer.wrap(chunk);
            for (int i = 0; i < ids.length; i++) {
                ChunkId id = ChunkId.read(buffer);
                ids[i] = (id.a() | id.b() | id.c() | id.d()) == 0 ? null : id;
            }
            return new Block(ids);
        }

        @Override
        public int weightBytes() {
            return SnapshotFormat.INDEX_BLOCK_SLOTS * 56;
        }
    }
}
