package dev.varve.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.Timestamp;
import dev.varve.repository.SnapshotLabels;
import dev.varve.retention.RetentionPolicy.Decision;
import dev.varve.snapshot.Manifest;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetentionPolicyTest {
    private static final Instant NOW = Instant.parse("2024-06-01T12:00:00Z");
    private static final SnapshotLabels.All NO_LABELS = new SnapshotLabels.All(Map.of(), List.of());

    private static Manifest at(String host, String time, String zone) {
        Instant instant = time.endsWith("Z")
                ? Instant.parse(time)
                : ZonedDateTime.parse(time + "[" + zone + "]").toInstant();
        return new Manifest(
                "snapshots/" + host + time,
                host,
                time,
                new Timestamp(instant.getEpochSecond(), instant.getNano()),
                zone,
                "test",
                List.of());
    }

    private static List<Manifest> utc(String... times) {
        List<Manifest> all = new ArrayList<>();
        for (String time : times) {
            all.add(at("web", time, "UTC"));
        }
        return all;
    }

    private static KeepRules rules(String text) {
        Map<String, Integer> counts = new HashMap<>();
        KeepWithin within = null;
        Set<String> tags = new java.util.TreeSet<>();
        for (String rule : text.split(" ")) {
            String[] parts = rule.split("=");
            switch (parts[0]) {
                case "within" -> within = KeepWithin.parse(parts[1]);
                case "tag" -> tags.add(parts[1]);
                default -> counts.put(parts[0], Integer.valueOf(parts[1]));
            }
        }
        return new KeepRules(
                counts.getOrDefault("last", 0),
                counts.getOrDefault("hourly", 0),
                counts.getOrDefault("daily", 0),
                counts.getOrDefault("weekly", 0),
                counts.getOrDefault("monthly", 0),
                counts.getOrDefault("yearly", 0),
                within,
                tags);
    }

    /** {@code name:reason+reason} of those that stay, newest first. */
    private static String staying(String rules, List<Manifest> snapshots, SnapshotLabels.All labels) {
        return new RetentionPolicy(rules(rules), NOW)
                .decide(snapshots, labels).stream()
                        .filter(Decision::stays)
                        .map(decision -> decision.manifest().name() + ":" + String.join("+", decision.reasons()))
                        .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // rules | times | what stays
                "last=2 | 2024-05-01T00:00:00Z 2024-05-02T00:00:00Z 2024-05-03T00:00:00Z"
                        + " | 2024-05-03T00:00:00Z:last 2024-05-02T00:00:00Z:last",
                "daily=2 | 2024-05-01T01:00:00Z 2024-05-02T01:00:00Z 2024-05-02T23:59:59Z 2024-05-09T01:00:00Z"
                        + " | 2024-05-09T01:00:00Z:daily 2024-05-02T23:59:59Z:daily",
                "hourly=2 | 2024-05-01T01:00:00Z 2024-05-01T01:59:59Z 2024-05-01T02:00:00Z"
                        + " | 2024-05-01T02:00:00Z:hourly 2024-05-01T01:59:59Z:hourly",
                // Monday 30 December 2024 belongs to week 1 of 2025, Sunday 29 to week 52
                "weekly=2 | 2023-12-31T10:00:00Z 2024-01-01T10:00:00Z 2024-01-07T10:00:00Z"
                        + " | 2024-01-07T10:00:00Z:weekly 2023-12-31T10:00:00Z:weekly",
                "weekly=3 | 2018-12-30T10:00:00Z 2018-12-31T10:00:00Z 2019-01-01T10:00:00Z 2019-12-30T10:00:00Z"
                        + " | 2019-12-30T10:00:00Z:weekly 2019-01-01T10:00:00Z:weekly 2018-12-30T10:00:00Z:weekly",
                "monthly=2 | 2024-03-01T00:00:00Z 2024-03-31T00:00:00Z 2024-04-30T00:00:00Z 2024-05-01T00:00:00Z"
                        + " | 2024-05-01T00:00:00Z:monthly 2024-04-30T00:00:00Z:monthly",
                "yearly=5 | 2022-03-01T00:00:00Z 2022-12-31T23:00:00Z 2024-01-01T00:00:00Z"
                        + " | 2024-01-01T00:00:00Z:yearly 2022-12-31T23:00:00Z:yearly",
                "last=1 daily=1 yearly=2 | 2023-05-01T00:00:00Z 2024-05-01T00:00:00Z"
                        + " | 2024-05-01T00:00:00Z:last+daily+yearly 2023-05-01T00:00:00Z:yearly",
                // from the newest on, not from today: a host that is switched off loses nothing
                "within=7d | 2020-01-01T00:00:00Z 2020-01-09T00:00:00Z 2020-01-16T00:00:00Z"
                        + " | 2020-01-16T00:00:00Z:within 2020-01-09T00:00:00Z:within",
                "within=1m | 2024-02-28T00:00:00Z 2024-02-29T00:00:00Z 2024-03-30T00:00:00Z"
                        + " | 2024-03-30T00:00:00Z:within 2024-02-29T00:00:00Z:within",
            })
    void rulesKeepTheNewestOfEachPeriod(String rules, String times, String expected) {
        assertEquals(expected, staying(rules, utc(times.split(" ")), NO_LABELS));
    }

    @Test
    void theHourThatComesTwiceWhenClocksGoBackIsTwoHours() {
        List<Manifest> all = List.of(
                at("web", "2023-10-29T02:30:00+02:00", "Europe/Berlin"),
                at("web", "2023-10-29T02:30:00+01:00", "Europe/Berlin"),
                at("web", "2023-10-29T03:30:00+01:00", "Europe/Berlin"));
        assertEquals(
                3,
                new RetentionPolicy(rules("hourly=3"), NOW)
                        .decide(all, NO_LABELS).stream().filter(Decision::stays).count());
    }

    @Test
    void daysAreThoseOfTheHostsZone() {
        List<Manifest> all = List.of(
                at("web", "2024-03-30T23:30:00Z", "Asia/Tokyo"), // the 31st there
                at("web", "2024-03-31T10:00:00Z", "Asia/Tokyo"),
                at("web", "2024-03-30T10:00:00Z", "Asia/Tokyo"));
        assertEquals("2024-03-31T10:00:00Z:daily 2024-03-30T10:00:00Z:daily", staying("daily=5", all, NO_LABELS));
    }

    @Test
    void aDayWithoutAnHourIsADay() {
        List<Manifest> all = List.of(
                at("web", "2024-03-31T01:59:59+01:00", "Europe/Berlin"),
                at("web", "2024-03-31T03:00:00+02:00", "Europe/Berlin"));
        assertEquals("2024-03-31T03:00:00+02:00:daily", staying("daily=9", all, NO_LABELS));
    }

    @Test
    void anUnknownZoneIsTakenForUtc() {
        assertEquals(
                "2024-05-01T00:00:00Z:daily",
                staying("daily=1", List.of(at("web", "2024-05-01T00:00:00Z", "Moon/Base")), NO_LABELS));
    }

    @Test
    void snapshotsDatedInTheFutureStayAndTakeNoPlaces() {
        List<Manifest> all = utc(
                "2024-05-30T00:00:00Z",
                "2024-05-31T00:00:00Z",
                "2024-06-01T12:59:00Z", // within the tolerance
                "2038-01-01T00:00:00Z",
                "2038-01-02T00:00:00Z",
                "2038-01-03T00:00:00Z");
        assertEquals(
                "2038-01-03T00:00:00Z:dated in the future 2038-01-02T00:00:00Z:dated in the future"
                        + " 2038-01-01T00:00:00Z:dated in the future 2024-06-01T12:59:00Z:last 2024-05-31T00:00:00Z:last",
                staying("last=2", all, NO_LABELS));
        String within = staying("within=2d", all, NO_LABELS);
        assertTrue(within.endsWith("future 2024-06-01T12:59:00Z:within 2024-05-31T00:00:00Z:within"), within);
    }

    @Test
    void aClockThatIsFarBehindForgetsNothing() {
        RetentionPolicy policy = new RetentionPolicy(rules("last=1"), Instant.EPOCH);
        assertTrue(policy.decide(utc("2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z"), NO_LABELS).stream()
                .allMatch(Decision::stays));
    }

    @Test
    void eachHostHasItsOwnPlaces() {
        List<Manifest> all = new ArrayList<>(utc("2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z"));
        all.add(at("mail", "2020-01-01T00:00:00Z", "UTC"));
        assertEquals("2020-01-01T00:00:00Z:last 2024-05-02T00:00:00Z:last", staying("last=1", all, NO_LABELS));
    }

    @Test
    void heldAndTaggedSnapshotsStay() {
        List<Manifest> all = utc("2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z", "2024-05-03T00:00:00Z");
        SnapshotLabels.All labels = new SnapshotLabels.All(
                Map.of(
                        all.get(0).objectName(), new SnapshotLabels.Labels(Set.of(), true),
                        all.get(1).objectName(), new SnapshotLabels.Labels(Set.of("release", "x"), false)),
                List.of());
        assertEquals(
                "2024-05-03T00:00:00Z:last 2024-05-02T00:00:00Z:tag release 2024-05-01T00:00:00Z:held",
                staying("last=1 tag=release", all, labels));
        assertEquals("2024-05-03T00:00:00Z:last 2024-05-01T00:00:00Z:held", staying("last=1 tag=other", all, labels));
    }

    @Test
    void aHostThatNoRuleFitsKeepsItsNewest() {
        assertEquals(
                "2024-05-02T00:00:00Z:the host's newest",
                staying("tag=release", utc("2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z"), NO_LABELS));
    }

    @Test
    void moreIsNeverKeptByFewerPlacesAndTheNewestAlwaysStays() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            List<Manifest> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Instant time = NOW.minus(Duration.ofMinutes(random.nextInt(60 * 24 * 800)));
                all.add(at("web", time.toString(), random.nextBoolean() ? "Europe/Berlin" : "America/St_Johns"));
            }
            String few = "daily=" + (1 + random.nextInt(5)) + " weekly=1 monthly=" + (1 + random.nextInt(3));
            String many = "daily=9 weekly=3 monthly=6 hourly=2";
            Set<String> keptByFew = names(few, all);
            assertTrue(names(many, all).containsAll(keptByFew), "seed " + seed);
            Manifest newest = all.stream()
                    .max(java.util.Comparator.comparing(Manifest::time))
                    .orElseThrow();
            assertTrue(keptByFew.contains(newest.objectName()), "seed " + seed);
        }
    }

    private static Set<String> names(String rules, List<Manifest> all) {
        return new RetentionPolicy(rules(rules), NOW)
                .decide(all, NO_LABELS).stream()
                        .filter(Decision::stays)
                        .map(decision -> decision.manifest().objectName())
                        .collect(Collectors.toSet());
    }

    @Test
    void spansOfTime() {
        assertEquals(new KeepWithin(Period.of(1, 2, 25), Duration.ofHours(5)), KeepWithin.parse("1y2m3w4d5h"));
        assertEquals(new KeepWithin(Period.ofDays(30), Duration.ZERO), KeepWithin.parse("30D"));
        for (String wrong : List.of("", "d", "30", "1d2w", "-1d", "1.5d", "99999y")) {
            assertThrows(IllegalArgumentException.class, () -> KeepWithin.parse(wrong), wrong);
        }
    }

    @Test
    void rulesAreCounts() {
        assertThrows(IllegalArgumentException.class, () -> rules("daily=-1"));
        assertTrue(rules("last=0").isEmpty());
    }
}
