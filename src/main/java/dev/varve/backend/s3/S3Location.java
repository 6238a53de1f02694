package dev.varve.backend.s3;

import dev.varve.model.RefusedException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where an S3 repository is: {@code s3://bucket[/prefix]}. What is null comes from the usual AWS environment variables and files.
 *
 * @param prefix empty, or ending with a slash
 * @param endpoint of the server; null also for AWS itself
 * @param pathStyle whether the bucket goes into the path; null for yes with an endpoint and no with AWS itself
 * @param storageClass of new packs of data; null for the server's default
 * @param restoreTier standard, bulk or expedited: how quickly archived objects are fetched; null for the server's default
 * @param retention of new objects, for a bucket with object lock; null for what the bucket itself says
 */
public record S3Location(
        String bucket,
        String prefix,
        URI endpoint,
        String region,
        String profile,
        Boolean pathStyle,
        String storageClass,
        String restoreTier,
        Retention retention) {
    public static final String SCHEME = "s3";

    private static final String FORM = "s3://bucket/prefix";
    private static final List<String> RESTORE_TIERS = List.of("standard", "bulk", "expedited");

    /** How long nobody may delete an object; governance lets a privileged user do so. */
    public record Retention(int days, boolean compliance) {}

    /**
     * @param address without its query
     * @param settings {@code endpoint}, {@code region}, {@code profile}, {@code path-style}, {@code storage-class}, {@code restore-tier},
     *     {@code retention-days}, {@code retention-mode}; those that are used are taken out
     * @throws RefusedException if it is no such address
     */
    public static S3Location parse(String address, Map<String, String> settings) throws RefusedException {
        String rest = address.startsWith(SCHEME + "://") ? address.substring(SCHEME.length() + 3) : "";
        int slash = rest.indexOf('/');
        String bucket = slash < 0 ? rest : rest.substring(0, slash);
        String prefix = slash < 0 ? "" : rest.substring(slash + 1).replaceAll("/+$", "");
        if (!bucket.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")) {
            throw new RefusedException(address + " does not name a bucket; write " + FORM);
        }
        // Other names work here and there; these work everywhere.
        if (!prefix.isEmpty() && !prefix.matches("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")) {
            throw new RefusedException(
                    address + ": a prefix has letters, digits, '.', '_' and '-' between single slashes; write " + FORM);
        }
        return new S3Location(
                bucket,
                prefix.isEmpty() ? "" : prefix + "/",
                endpoint(settings.remove("endpoint")),
                settings.remove("region"),
                settings.remove("profile"),
                yesOrNo("path-style", settings.remove("path-style")),
                settings.remove("storage-class"),
                tier(settings.remove("restore-tier")),
                retention(settings.remove("retention-days"), settings.remove("retention-mode")));
    }

    private static URI endpoint(String text) throws RefusedException {
        if (text == null) {
            return null;
        }
        try {
            URI endpoint = URI.create(text);
            String scheme = String.valueOf(endpoint.getScheme()).toLowerCase(Locale.ROOT);
            if ((scheme.equals("http") || scheme.equals("https"))
                    && endpoint.getHost() != null
                    && endpoint.getUserInfo() == null) {
                return endpoint;
            }
        } catch (IllegalArgumentException e) {
            throw refused(e);
        }
        throw refused(null);
    }

    private static RefusedException refused(Exception cause) {
        RefusedException refused = new RefusedException("an endpoint is http://host:port or https://host");
        refused.initCause(cause);
        return refused;
    }

    private static Boolean yesOrNo(String name, String text) throws RefusedException {
        if (text == null) {
            return null;
        }
        if (!text.equals("true") && !text.equals("false")) {
            throw new RefusedException(name + " is true or false, not " + text);
        }
        return Boolean.valueOf(text);
    }

    private static String tier(String text) throws RefusedException {
        if (text != null && !RESTORE_TIERS.contains(text)) {
            throw new RefusedException("restore-tier is standard, bulk or expedited, not " + text);
        }
        return text;
    }

    private static Retention retention(String days, String mode) throws RefusedException {
        if (days == null && mode == null) {
            return null;
        }
        if (days == null || !days.matches("[1-9][0-9]{0,4}")) {
            throw new RefusedException("retention-days is a number of days, such as 30");
        }
        String chosen = mode == null ? "governance" : mode.toLowerCase(Locale.ROOT);
        if (!chosen.equals("governance") && !chosen.equals("compliance")) {
            throw new RefusedException("retention-mode is governance or compliance, not " + mode);
        }
        return new Retention(Integer.parseInt(days), chosen.equals("compliance"));
    }

    /** For messages. */
    public String describe() {
        return SCHEME + "://" + bucket + (prefix.isEmpty() ? "" : "/" + prefix.substring(0, prefix.length() - 1));
    }
}
