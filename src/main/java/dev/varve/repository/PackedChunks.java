package dev.varve.repository;

import dev.varve.codec.DecodedFrame;
import dev.varve.index.ChunkIndex;
import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.MissingChunkException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.VarveException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The chunks of a repository through its index and packs. A chunk comes out only if its frame is authentic and says that it
 * holds this chunk, so neither a damaged pack nor a damaged index gives wrong bytes. A frame that is damaged is distrusted from
 * then on. Thread safe; no lock on the way of a hit.
 */
final class PackedChunks implements ChunkSource {
    private static final long MAX_INTERVAL_NANOS = 5_000_000_000L;

    private final ChunkIndex index;
    private final FrameCache frames;
    private final DistrustedFrames distrusted;
    private final CatchUp catchUp;
    private final Set<PackId> gonePacks = new HashSet<>();
    private long lastStart;
    private long lastEnd;
    private boolean metadataEntered;
    private boolean caughtUp;

    /** Brings the index up to the packs. */
    @FunctionalInterface
    interface CatchUp {
        /**
         * @param afterLoss whether a pack is gone, so that others may have to be entered again
         * @param found whether what is looked for is in the index now, so that the rest may wait; null if it may not
         * @return false if the rest waits
         */
        boolean run(boolean afterLoss, BooleanSupplier found) throws IOException;
    }

    PackedChunks(ChunkIndex index, FrameCache frames, DistrustedFrames distrusted, CatchUp catchUp) {
        this.index = index;
        this.frames = frames;
        this.distrusted = distrusted;
        this.catchUp = catchUp;
    }

    @Override
    public byte[] read(ChunkId id) throws IOException {
        ChunkLocation location = locate(id);
        while (true) {
            try {
                return read(id, location);
            } catch (BackendException e) {
                throw e;
            } catch (VarveException e) {
                location = otherThan(location, id, e);
            }
        }
    }

    @Override
    public int read(ChunkId id, int offset, ByteBuffer target) throws IOException {
        ChunkLocation location = locate(id);
        while (true) {
            try {
                return read(id, location, offset, target);
            } catch (BackendException e) {
                throw e;
            } catch (VarveException e) {
                location = otherThan(location, id, e);
            }
        }
    }

    private byte[] read(ChunkId id, ChunkLocation location) throws IOException {
        DecodedFrame frame = frame(id, location);
        byte[] chunk = new byte[location.length()];
        frame.copyTo(location.offset(), chunk, 0, chunk.length);
        return chunk;
    }

    private int read(ChunkId id, ChunkLocation location, int offset, ByteBuffer target) throws IOException {
        if (offset >= location.length()) {
            return 0;
        }
        DecodedFrame frame = frame(id, location);
        int count = Math.min(target.remaining(), location.length() - offset);
        frame.copyTo(location.offset() + offset, target, count);
        return count;
    }

    @Override
    public void prefetch(ChunkId id) {
        ChunkLocation location = index.find(id);
        if (location != null) {
            frames.prefetch(location);
        }
    }

    /**
     * Where else a chunk lies whose frame is damaged: it may have been stored again since. Never a place that was asked about before.
     *
     * @throws VarveException the damage, when there is no other place
     */
    private ChunkLocation otherThan(ChunkLocation bad, ChunkId id, VarveException damage) throws IOException {
        distrusted.add(bad);
        ChunkLocation other = index.find(id, distrusted::trusts);
        if (damage.getCause() instanceof NotFoundException) {
            // A prune may have moved it: then it is in a pack that was written before this one was deleted.
            if (other == null && index.refresh()) {
                other = index.find(id, distrusted::trusts);
            }
            if (other == null) {
                catchUpWithout(bad.pack(), id);
                other = index.find(id, distrusted::trusts);
            }
        }
        if (other == null) {
            throw damage;
        }
        return other;
    }

    private DecodedFrame frame(ChunkId id, ChunkLocation location) throws IOException {
        DecodedFrame frame;
        try {
            frame = frames.get(location);
        } catch (NotFoundException e) {
            CorruptException lost = new CorruptException(
                    "pack " + location.pack().toHex(), location.frameOffset(), "the pack is missing; run varve check");
            lost.initCause(e);
            throw lost;
        }
        if (!frame.holds(id, location.offset(), location.length())) {
            throw new CorruptException(
                    "pack " + location.pack().toHex(),
                    location.frameOffset(),
                    "the chunk index points to another chunk; delete the index directory, it is made anew");
        }
        return frame;
    }

    /** The index may be behind the packs (another process wrote them, or it was lost): look again before giving up. */
    private ChunkLocation locate(ChunkId id) throws IOException {
        long asked = System.nanoTime();
        ChunkLocation location = index.find(id);
        if (location == null && index.refresh()) {
            location = index.find(id);
        }
        if (location == null) {
            catchUpSince(asked, id);
            location = index.find(id);
        }
        if (location == null) {
            throw new MissingChunkException(id);
        }
        return location;
    }

    /** Once for each pack that is gone, and then no more often than for chunks that are missing. */
    private synchronized void catchUpWithout(PackId gone, ChunkId id) throws IOException {
        if (gonePacks.add(gone)) {
            runCatchUp(true, null);
        } else {
            catchUpSince(System.nanoTime(), id);
        }
    }

    /**
     * Sees to it that the packs were listed after {@code asked}: what was published before is found then. However many chunks are
     * missing, a third of the time at most is spent with listing, unless a listing takes longer than seconds: this waits its turn.
     * The first time packs of data may be left for later, when this chunk is found without.
     */
    private synchronized void catchUpSince(long asked, ChunkId id) throws IOException {
        if (caughtUp && lastStart - asked >= 0) {
            return;
        }
        if (metadataEntered && !caughtUp && index.find(id, distrusted::trusts) != null) {
            return; // entered while this waited
        }
        if (caughtUp) {
            long interval = Math.min(MAX_INTERVAL_NANOS, 2 * (lastEnd - lastStart));
            pause(interval - (System.nanoTime() - lastEnd));
        }
        BooleanSupplier found = metadataEntered ? null : () -> index.find(id, distrusted::trusts) != null;
        metadataEntered = true;
        runCatchUp(false, found);
    }

    private void runCatchUp(boolean afterLoss, BooleanSupplier found) throws IOException {
        lastStart = System.nanoTime();
        try {
            caughtUp = catchUp.run(afterLoss, found);
        } catch (NoSpaceException | BackendException e) {
            if (!afterLoss) {
                throw e;
            }
            caughtUp =
                    catchUp.run(false, found); // the index can't be written, but for this process it can be completed
        }
        lastEnd = System.nanoTime();
    }

    private static void pause(long nanos) throws InterruptedIOException {
        try {
            TimeUnit.NANOSECONDS.sleep(Math.max(0, nanos));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while packs were looked for");
        }
    }
}
