package dev.varve.repository;

import dev.varve.model.BackendException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.PackId;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

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

    PacedCatchUp(CatchUp catchUp) {
        this.catchUp = catchUp;
    }

    /** Once for each pack that is gone, and then no more often than for chunks that are missing. */
    synchronized void without(PackId gone, BooleanSupplier found) throws IOException {
        if (gonePacks.add(gone)) {
            run(true, null);
        } else {
            since(System.nanoTime(), found);
        }
    }

    /**
     * Sees to it that the packs were listed after {@code asked}: what was published before is found then. However many chunks are
     * missing, a third of the time at most is spent with listing, unless a listing takes longer than seconds: this waits its turn.
     * The first time packs of data may be left for later, when what is looked for is found without.
     */
    synchronized void since(long asked, BooleanSupplier found) throws IOException {
        if (caughtUp && lastStart - asked >= 0) {
            return;
        }
        if (metadataEntered && !caughtUp && found.getAsBoolean()) {
            return; // entered while this waited
        }
        if (caughtUp) {
            long interval = Math.min(MAX_INTERVAL_NANOS, 2 * (lastEnd - lastStart));
            pause(interval - (System.nanoTime() - lastEnd));
        }
        boolean mayLeaveSome = !metadataEntered;
        metadataEntered = true;
        run(false, mayLeaveSome ? found : null);
    }

    private void run(boolean afterLoss, BooleanSupplier found) throws IOException {
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
