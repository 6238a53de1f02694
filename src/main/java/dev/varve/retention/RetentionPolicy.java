package dev.varve.retention;

import dev.varve.model.Timestamp;
import dev.varve.repository.SnapshotLabels;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotName;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Decides which snapshots stay. Each host is looked at by itself, so no host's snapshots take the places of another's. Times are
 * those of the manifests, in the zone of the snapshot's host.
 *
 * <p>A snapshot dated in the future stays and takes no place: a clock that was wrong once, or a machine that lies, must not push
 * out good snapshots. Of a host for which no rule keeps anything the newest stays: a rule that fits nothing is a mistake.
 */
public final class RetentionPolicy {
    /** Clocks differ: up to here a time is not called future. */
    public static final Duration TOLERANCE = Duration.ofHours(1);

    private final KeepRules rules;
    private final Instant now;

    public RetentionPolicy(KeepRules rules, Instant now) {
        this.rules = rules;
        this.now = now;
    }

    /**
     * What becomes of a snapshot.
     *
     * @param reasons the rules that keep it; none when it goes
     */
    public record Decision(Manifest manifest, List<String> reasons) {
        public Decision {
            reasons = List.copyOf(reasons);
        }

        public boolean stays() {
            return !reasons.isEmpty();
        }
    }

    /** Hosts by name, the snapshots of each newest first. */
    public List<Decision> decide(List<Manifest> snapshots, SnapshotLabels.All labels) {
        TreeMap<String, List<Manifest>> byHost = new TreeMap<>();
        for (Manifest manifest : snapshots) {
            byHost.computeIfAbsent(manifest.host(), none -> new ArrayList<>()).add(manifest);
        }
        List<Decision> decisions = new ArrayList<>();
        byHost.values().forEach(ofHost -> decisions.addAll(ofOneHost(ofHost, labels)));
        return decisions;
    }

    private List<Decision> ofOneHost(List<Manifest> snapshots, SnapshotLabels.All labels) {
        List<Manifest> newestFirst = new ArrayList<>(snapshots);
        newestFirst.sort(
                Collections.reverseOrder(Comparator.comparing(Manifest::time).thenComparing(Manifest::name)));
        Manifest newest = newestFirst.stream()
                .filter(manifest -> !isFuture(manifest))
                .findFirst()
                .orElse(null);
        ZonedDateTime since =
                rules.within() == null || newest == null ? null : rules.within().before(time(newest));
        List<Places> places = places();
        List<Decision> decisions = new ArrayList<>();
        boolean anyStays = false;
        for (Manifest manifest : newestFirst) {
            List<String> reasons = new ArrayList<>();
            SnapshotLabels.Labels own = labels.of(manifest.objectName());
            if (own.held()) {
                reasons.add("held");
            }
            for (String tag : rules.tags()) {
                if (own.tags().contains(tag)) {
                    reasons.add("tag " + tag);
                }
            }
            if (isFuture(manifest)) {
                reasons.add("dated in the future");
            } else {
                places.forEach(place -> place.take(manifest, time(manifest), reasons));
                if (since != null && !time(manifest).isBefore(since)) {
                    reasons.add("within");
                }
            }
            anyStays |= !reasons.isEmpty();
            decisions.add(new Decision(manifest, reasons));
        }
        if (!anyStays) {
            decisions.set(0, new Decision(newestFirst.get(0), List.of("the host's newest")));
        }
        return decisions;
    }

    private boolean isFuture(Manifest manifest) {
        return instant(manifest.time()).isAfter(now.plus(TOLERANCE));
    }

    private List<Places> places() {
        return List.of(
                new Places("last", rules.last(), null),
                // With the offset: when clocks go back, the hour that comes twice is two hours.
                new Places(
                        "hourly",
                        rules.hourly(),
                        time -> time.truncatedTo(ChronoUnit.HOURS)
                                .toOffsetDateTime()
                                .toString()),
                new Places("daily", rules.daily(), time -> time.toLocalDate().toString()),
                new Places(
                        "weekly",
                        rules.weekly(),
                        time -> time.get(IsoFields.WEEK_BASED_YEAR) + "-"
                                + time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR)),
                new Places("monthly", rules.monthly(), time -> time.getYear() + "-" + time.getMonthValue()),
                new Places("yearly", rules.yearly(), time -> Integer.toString(time.getYear())));
    }

    private static ZonedDateTime time(Manifest manifest) {
        return instant(manifest.time()).atZone(SnapshotName.zone(manifest));
    }

    private static Instant instant(Timestamp time) {
        return Instant.ofEpochSecond(time.seconds(), time.nanos());
    }

    /** The places of one rule, given to the newest snapshot of each period. */
    private static final class Places {
        private final String rule;
        private final Function<ZonedDateTime, String> period;
        private final Set<String> taken = new HashSet<>();
        private int left;

        /** @param period null when each snapshot takes a place */
        Places(String rule, int count, Function<ZonedDateTime, String> period) {
            this.rule = rule;
            this.left = count;
            this.period = period;
        }

        void take(Manifest manifest, ZonedDateTime time, List<String> reasons) {
            String key = period == null ? manifest.objectName() : period.apply(time);
            if (left > 0 && taken.add(key)) {
                left--;
                reasons.add(rule);
            }
        }
    }
}
