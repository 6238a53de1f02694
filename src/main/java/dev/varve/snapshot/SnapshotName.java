package dev.varve.snapshot;

import dev.varve.model.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Pattern;

/** How a snapshot is called: by its date, or by date and time when the date was taken at its commit. */
public final class SnapshotName {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss", Locale.ROOT);
    private static final Pattern FORM = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}-[0-9]{2}-[0-9]{2})?");

    private SnapshotName() {}

    public static boolean isValid(String name) {
        return FORM.matcher(name).matches();
    }

    /** {@code 2024-05-01} */
    public static String date(Timestamp time, ZoneId zone) {
        return DATE.format(at(time, zone));
    }

    /** {@code 2024-05-01T14-00-00} */
    public static String dateTime(Timestamp time, ZoneId zone) {
        return TIME.format(at(time, zone));
    }

    /** The date and time of a snapshot, whatever it is called. */
    public static String dateTime(Manifest manifest) {
        return dateTime(manifest.time(), zone(manifest));
    }

    /** The zone of the snapshot's host, UTC when this machine does not know it. */
    public static ZoneId zone(Manifest manifest) {
        try {
            return ZoneId.of(manifest.zone());
        } catch (DateTimeException e) {
            return ZoneOffset.UTC;
        }
    }

    private static ZonedDateTime at(Timestamp time, ZoneId zone) {
        return Instant.ofEpochSecond(time.seconds(), time.nanos()).atZone(zone);
    }
}
