package dev.varve.cli;

import dev.varve.model.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.TemporalAccessor;

/** A moment on a command line: with an offset or {@code Z}, or local, to the minute, second or fraction, or just a date for its midnight. */
final class TimeArgument {
    private TimeArgument() {}

    /**
     * @param zone of a time without offset
     * @throws IllegalArgumentException saying how to write it
     */
    static Timestamp parse(String word, ZoneId zone) {
        String text = word.trim().replace(' ', 'T');
        try {
            Instant instant = instant(text, zone);
            return new Timestamp(instant.getEpochSecond(), instant.getNano());
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "'" + word + "' is no time: write 2024-05-01T02:00:00Z, or local 2024-05-01T02:00", e);
        }
    }

    private static Instant instant(String text, ZoneId zone) {
        if (text.indexOf('T') < 0) {
            return LocalDate.parse(text).atStartOfDay(zone).toInstant();
        }
        TemporalAccessor parsed =
                DateTimeFormatter.ISO_DATE_TIME.parseBest(text, OffsetDateTime::from, LocalDateTime::from);
        return parsed instanceof OffsetDateTime exact
                ? exact.toInstant()
                : ((LocalDateTime) parsed).atZone(zone).toInstant();
    }
}
