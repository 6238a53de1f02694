package dev.varve.retention;

import java.time.Duration;
import java.time.Period;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A span of calendar time such as {@code 2y5m7d3h}: years, months, weeks, days, hours, in this order. */
public record KeepWithin(Period dates, Duration hours) {
    private static final Pattern FORM =
            Pattern.compile("(?:(\\d{1,4})y)?(?:(\\d{1,4})m)?(?:(\\d{1,4})w)?(?:(\\d{1,5})d)?(?:(\\d{1,6})h)?");

    /** @throws IllegalArgumentException saying how to write it */
    public static KeepWithin parse(String text) {
        Matcher form = FORM.matcher(text.toLowerCase(Locale.ROOT));
        if (text.isEmpty() || !form.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no span of time: write 30d, or 1y6m, or 36h");
        }
        return new KeepWithin(
                Period.of(number(form, 1), number(form, 2), 7 * number(form, 3) + number(form, 4)),
                Duration.ofHours(number(form, 5)));
    }

    private static int number(Matcher form, int group) {
        return form.group(group) == null ? 0 : Integer.parseInt(form.group(group));
    }

    /** As a fixed time. @throws IllegalArgumentException with months or years, which have none */
    public Duration exactly() {
        if (dates.toTotalMonths() != 0) {
            throw new IllegalArgumentException(
                    "m is months, which differ in length; write weeks (w), days (d) or hours (h)");
        }
        return hours.plusDays(dates.get(ChronoUnit.DAYS));
    }

    ZonedDateTime before(ZonedDateTime moment) {
        return moment.minus(dates).minus(hours);
    }
}
