package dev.varve.backup;

import java.util.ArrayList;
import java.util.List;

/**
 * The runs that reach from one region of the image map into the next, in the order in which they are painted. A run that
 * earlier ones cover there is left out: file blocks go to the first that claims them, and what reads as zeros changes only
 * blocks that are nobody's. So each that is kept reaches further than the one before it. Not thread safe. Memory: 56 bytes for
 * each kept; on a sound volume that is one, and with n blocks claimed by all files at most 2 √2n.
 */
final class ReachingRuns {
    private List<PlacedRun> runs = new ArrayList<>();
    private long filesEnd;
    private long end;

    void add(PlacedRun run) {
        long runEnd = run.physical() + run.count();
        boolean nothing = run.logical() == PlacedRun.NOTHING;
        if (runEnd <= (nothing ? end : filesEnd)) {
            return;
        }
        filesEnd = nothing ? filesEnd : runEnd;
        end = Math.max(end, runEnd);
        runs.add(run);
    }

    /** Those that reach into the region that comes now; empty afterwards. */
    List<PlacedRun> take() {
        List<PlacedRun> taken = runs;
        runs = new ArrayList<>();
        filesEnd = 0;
        end = 0;
        return taken;
    }
}
