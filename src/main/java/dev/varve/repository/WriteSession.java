package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.codec.FrameBuilder;
import dev.varve.codec.FrameFormat;
import dev.varve.codec.FrameWriter;
import dev.varve.codec.SealedFrame;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.index.ChunkIndex;
import dev.varve.index.IndexDelta;
import dev.varve.model.ChunkId;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.pack.PackTrailer;
import dev.varve.pack.PackWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * One run of writing into a repository. Chunks that are there already, or were put before, are not stored again, unless they
 * lie in a frame that was found damaged: then the new location is the one that counts. Write order:
 * packs (each durable before its chunks enter the index), then segments; whoever publishes a manifest does so after
 * {@link #commit}. A session that is closed uncommitted leaves packs that nothing refers to.
 *
 * <p>Thread safe; each thread uses lanes of its own. A pack is forced to disk by a thread of the session while others fill
 * the next; at most two wait for it, so memory is bounded: a frame a lane, and the index delta (75 MiB when full, and 9 MiB for each pack under way at most).
 */
public final class WriteSession implements ChunkSink, Closeable {
    private static final int WAITING_PACKS = 2;
    private static final int TICK_SECONDS = 30;

    private final String tier;
    private final ChunkIndex index;
    private final List<PackPool> others;
    private final int coldWorkers;
    private final DistrustedFrames distrusted;
    private final MarkWatch watch;
    private final RepositoryKeys keys;
    private final FrameWriter frames;
    private final IndexDelta delta;
    private final PackLine data;
    private final PackLine metadata;
    private final ArrayBlockingQueue<Work> committing = new ArrayBlockingQueue<>(WAITING_PACKS);
    private final Thread committer;
    private final List<PackId> unpublished = new ArrayList<>();
    private final Set<PackId> written = ConcurrentHashMap.newKeySet();
    private final LongAdder newChunks = new LongAdder();
    private final LongAdder newBytes = new LongAdder();
    private final LongAdder storedBytes = new LongAdder();
    private volatile IOException failure;
    private boolean closed;

    /** A pack to commit, or the end. */
    private record Work(PackWriter pack) {}

    /**
     * @param tier the id of the tier that is written to
     * @param others further tiers: data that lies there is not stored again
     * @param coldWorkers threads that compress data for a cold tier; 0 for the hot one
     */
    WriteSession(
            Backend backend,
            RepositoryKeys keys,
            String tier,
            ChunkIndex index,
            List<PackPool> others,
            int coldWorkers,
            DistrustedFrames distrusted,
            MarkWatch watch,
            RepositoryOptions options) {
        this.tier = tier;
        this.index = index;
        this.others = List.copyOf(others);
        this.coldWorkers = coldWorkers;
        this.distrusted = distrusted;
        this.watch = watch;
        this.keys = keys;
        this.delta = new IndexDelta(options.deltaEntries());
        this.frames = new FrameWriter(keys.frames());
        this.data = new PackLine(backend, keys, PackKind.DATA, options.packBytes(), this::enqueue);
        this.metadata = new PackLine(backend, keys, PackKind.METADATA, options.packBytes(), this::enqueue);
        this.committer = new Thread(this::commitPacks, "varve-pack-commit");
        committer.setDaemon(true);
        committer.start();
    }

    @Override
    public boolean contains(ChunkId id) {
        return delta.contains(id) || isStored(id, PackKind.DATA);
    }

    /**
     * Whether a pack has it that is not marked for deletion, in a frame that nothing is known against. Metadata must lie in the
     * tier that is written to.
     */
    private boolean isStored(ChunkId id, PackKind kind) {
        if (isStored(id, tier, index)) {
            return true;
        }
        if (kind == PackKind.DATA) {
            for (PackPool other : others) {
                if (isStored(id, other.id(), other.index())) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isStored(ChunkId id, String where, ChunkIndex index) {
        return index.find(id, location -> distrusted.trusts(where, location) && watch.accepts(location.pack())) != null;
    }

    /**
     * Begins to store a chunk that is to come in a frame of {@link #append}.
     *
     * @return false if it is stored, or another thread has begun to
     */
    boolean claim(ChunkId id, int length) throws IOException {
        return claim(id, length, PackKind.DATA);
    }

    private boolean claim(ChunkId id, int length, PackKind kind) throws IOException {
        throwFailure();
        if (delta.contains(id) || isStored(id, kind) || !delta.claim(id)) {
            return false;
        }
        newChunks.increment();
        newBytes.add(length);
        return true;
    }

    /** Stores a frame of chunks that were claimed. */
    void append(SealedFrame frame) throws IOException {
        try {
            storedBytes.add(frame.storedLength());
            (frame.kind() == PackKind.DATA ? data : metadata).append(frame);
        } catch (IOException e) {
            fail(e);
            throw e;
        }
    }

    /**
     * Notes that chunks will be taken over from a snapshot without asking for each.
     *
     * @return whether that may be; when not, each must be asked for
     */
    public boolean buildsOn(String manifestObject) {
        return watch.buildsOn(manifestObject);
    }

    /** To be asked, after {@link #commit}, around the publishing of what was written. */
    public MarkWatch watch() {
        return watch;
    }

    @Override
    public boolean avoidsPacks() {
        return watch.avoidsPacks();
    }

    @Override
    public ChunkLane lane(PackKind kind) {
        return coldWorkers > 0 && kind == PackKind.DATA
                ? new ColdLane(this, keys.chunkIds(), frames, coldWorkers)
                : new Lane(kind);
    }

    /**
     * Makes every chunk of closed lanes durable and enters it in the index. All lanes must have been closed.
     *
     * @throws IOException the first failure of the session, if there was one: then nothing of it may be referred to
     */
    public void commit() throws IOException {
        data.flush();
        metadata.flush();
        endCommitter();
        throwFailure();
        if (!unpublished.isEmpty()) {
            index.publish(delta, unpublished);
            delta.drop(unpublished);
            unpublished.clear();
        }
    }

    /** After {@link #commit}: notes what was written as used, so that it stays in the hot tier for a while. */
    public void noteUse(PackUses uses) {
        written.forEach(uses::note);
    }

    /** Chunks that the repository did not have. */
    public long newChunks() {
        return newChunks.sum();
    }

    /** Their plaintext bytes. */
    public long newBytes() {
        return newBytes.sum();
    }

    /** Bytes of the frames they were written to. */
    public long storedBytes() {
        return storedBytes.sum();
    }

    /** Drops what was not committed. */
    @Override
    public void close() throws IOException {
        endCommitter();
        data.close();
        metadata.close();
    }

    private final class Lane implements ChunkLane {
        private final PackKind kind;
        private final FrameBuilder builder = new FrameBuilder(FrameFormat.HOT_TARGET_BYTES);

        private Lane(PackKind kind) {
            this.kind = kind;
        }

        @Override
        public ChunkId put(byte[] bytes, int offset, int length) throws IOException {
            ChunkId id = keys.chunkIds().id(bytes, offset, length);
            if (!claim(id, length, kind)) {
                return id;
            }
            if (!builder.fits(length)) {
                flush();
            }
            builder.add(id, bytes, offset, length);
            return id;
        }

        @Override
        public void close() throws IOException {
            flush();
        }

        private void flush() throws IOException {
            if (builder.isEmpty()) {
                return;
            }
            append(frames.seal(kind, builder));
        }
    }

    /** Claimed chunks of a failed frame are nowhere, so nothing of this session may be published any more. */
    void fail(IOException e) {
        if (failure == null) {
            failure = e;
        }
    }

    private void throwFailure() throws IOException {
        IOException first = failure;
        if (first != null) {
            throw first;
        }
    }

    private void enqueue(PackWriter pack) throws IOException {
        try {
            committing.put(new Work(pack));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            pack.close();
            throw new InterruptedIOException("interrupted while a pack was written");
        }
    }

    private void commitPacks() {
        while (true) {
            Work work;
            try {
                work = committing.poll(TICK_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                fail(new InterruptedIOException("interrupted while packs were committed"));
                return;
            }
            look();
            if (work == null) {
                continue;
            }
            if (work.pack() == null) {
                return;
            }
            try (PackWriter pack = work.pack()) {
                if (failure == null) {
                    commitPack(pack);
                }
            } catch (IOException e) {
                fail(e);
            } catch (RuntimeException | Error e) {
                // Whatever it is, the queue must go on being emptied, or those who fill it would wait for ever.
                fail(new IOException("a pack could not be committed: " + e, e));
            }
        }
    }

    private void look() {
        try {
            if (failure == null) {
                watch.tick();
            }
        } catch (IOException e) {
            fail(e);
        } catch (RuntimeException | Error e) {
            fail(new IOException("marks could not be looked at: " + e, e));
        }
    }

    private void commitPack(PackWriter pack) throws IOException {
        PackTrailer trailer = pack.commit();
        watch.wrote(trailer.pack());
        written.add(trailer.pack());
        trailer.forEachChunk(delta::resolve);
        unpublished.add(trailer.pack());
        if (delta.isFull()) {
            index.publish(delta, unpublished);
            delta.drop(unpublished);
            unpublished.clear();
        }
    }

    private synchronized void endCommitter() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            committing.put(new Work(null));
            committer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while packs were committed");
        }
    }
}
