package dev.varve.tiering;

/**
 * How to copy to a cold tier.
 *
 * @param limitBytes of plaintext that are copied at most; {@link Long#MAX_VALUE} for no limit
 * @param bytesPerSecond that are sent at most; null for no limit
 */
public record CopyOptions(long limitBytes, Long bytesPerSecond, boolean dryRun) {}
