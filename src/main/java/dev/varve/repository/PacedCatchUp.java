package dev.varve.repository;

import dev.varve.model.BackendException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.PackId;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Brings an index up to its packs for readers that miss something, no more often than is useful. Thread safe: one catches up, the
 * others wait for it. Memory: 50 bytes a pack that is gone.
 */
final class PacedCatchUp {
    private static final long MAX_INTERVAL_NANOS = 5_000_000_000L;

    private final CatchUp catchUp;
    private final Set<PackId> gonePacks = new HashSet<>();
    private long lastStart;
    private long lastEnd;
    private boolean caughtUp;

    /** Brings the index up to the packs. */
    @FunctionalInterface
    interface CatchUp {
        /** @param afterLoss whether a pack is gone, so that others may have to be entered again */
        void run(boolean afterLoss) throws IOException;
    }

    PacedCatchUp(CatchUp catchUp) {
        this.catchUp = catchUp;
    }

    /** Once for each pack that is gone, and then no more often than for chunks that are missing. */
    synchronized void without(PackId gone) throws IOException {
        if (gonePacks.add(gone)) {
            run(true);
        } else {
            since(System.nanoTime());
        }
    }

    /**
     * Sees to it that the packs were listed after {@code asked}: what was published before is found then. However many chunks are
     * missing, a third of the time at most is spent with listing, unless a listing takes longer than seconds: this waits its turn.
     */
    synchronized void since(long asked) throws IOException {
        if (caughtUp && lastStart - asked >= 0) {
            return;
        }
        if (caughtUp) {
            long interval = Math.min(MAX_INTERVAL_NANOS, 2 * (lastEnd - lastStart));
            pause(interval - (System.nanoTime() - lastEnd));
        }
        run(false);
    }

    private void run(boolean afterLoss) throws IOException {
        lastStart = System.nanoTime();
        try {
            catchUp.run(afterLoss);
        } catch (NoSpaceException | BackendException e) {
            if (!afterLoss) {
                throw e;
            }
            catchUp.run(false); // the index can't be written, but for this process it can be completed
        }
        caughtUp = true;
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
