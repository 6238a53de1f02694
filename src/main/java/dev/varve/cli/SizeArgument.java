package dev.varve.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes on a command line: {@code 500M}, {@code 10GiB}, {@code 1.5T}; units of 1024. */
final class SizeArgument {
    private static final Pattern FORM = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,3})?)([KMGT]?)(?:I?B)?");

    private SizeArgument() {}

    /** @throws IllegalArgumentException saying how to write it */
    static long parse(String word) {
        Matcher form = FORM.matcher(word.toUpperCase(Locale.ROOT));
        if (!form.matches()) {
            throw new IllegalArgumentException("'" + word + "' is no size: write 500M, 10G or 1.5T");
        }
        int shift = form.group(2).isEmpty() ? 0 : 10 * ("KMGT".indexOf(form.group(2)) + 1);
        double bytes = Double.parseDouble(form.group(1)) * (1L << shift);
        return (long) Math.min(bytes, Long.MAX_VALUE);
    }
}
