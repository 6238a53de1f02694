package dev.varve.tiering;

import dev.varve.model.BackendException;
import dev.varve.repository.Repository;
import dev.varve.repository.TierRecord;
import dev.varve.retention.HotPolicy;
import dev.varve.retention.PruneReport;
import dev.varve.retention.Pruning;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Places data: everything is copied to every cold tier, then what is old and unused leaves the hot one, by the same two phases as in
 * {@link Pruning}. Used once. Killed at any point nothing is lost, and the next run goes on. Memory: as {@link TierCopy} and then as
 * {@link Pruning}.
 */
public final class TierApply {
    private final Repository repository;
    private final ApplyOptions options;
    private final Clock clock;
    private final Consumer<String> progress;

    /** @param progress told what is being done */
    public TierApply(Repository repository, ApplyOptions options, Clock clock, Consumer<String> progress) {
        this.repository = repository;
        this.options = options;
        this.clock = clock;
        this.progress = progress;
    }

    /**
     * What was done.
     *
     * @param hot what left the hot tier
     * @param problems tiers that could not be reached, one line each
     */
    public record Report(List<CopyReport> copies, PruneReport hot, List<String> problems) {
        public Report {
            copies = List.copyOf(copies);
            problems = List.copyOf(problems);
        }
    }

    /** @param tiers the cold tiers to copy to; data leaves the hot tier only when all of the repository's have it */
    public Report run(List<TierRecord> tiers) throws IOException {
        List<CopyReport> copies = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (TierRecord tier : tiers) {
            try {
                copies.add(new TierCopy(
                                repository,
                                tier,
                                options.copy(),
                                clock,
                                doing -> progress.accept(tier.name() + ": " + doing))
                        .run());
            } catch (BackendException e) {
                problems.add(e.getMessage() + "; what was copied before stays, the next run goes on");
            }
        }
        Instant now = clock.instant();
        Instant usedSince = now.minus(options.unusedFor());
        HotPolicy policy =
                new HotPolicy(now.minus(options.olderThan()), repository.uses().since(usedSince));
        PruneReport hot = new Pruning(
                        repository,
                        repository.packAccess(),
                        policy,
                        options.prune(),
                        clock,
                        manifest ->
                                progress.accept("hot: what " + manifest.name() + " of " + manifest.host() + " needs"))
                .run();
        if (!options.prune().dryRun()) {
            repository.uses().removeBefore(usedSince);
        }
        return new Report(copies, hot, problems);
    }
}
