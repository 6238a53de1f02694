package dev.varve.crypto;

import dev.varve.model.RefusedException;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * How a password becomes a key: Argon2id version 1.3 (RFC 9106) with these costs. Bounded, since they are read from a
 * file that may be hostile: at most 1 GiB, 64 passes, 16 lanes, and memory × passes at most 8 GiB.
 *
 * @param memoryKib memory in units of 1024 bytes
 */
public record KeyDerivation(int memoryKib, int passes, int lanes) {
    public static final int MAX_MEMORY_KIB = 1 << 20;
    public static final int MAX_PASSES = 64;
    public static final int MAX_LANES = 16;
    public static final long MAX_WORK_KIB = 8L << 20;

    /** 64 MiB, 3 passes, 1 lane: RFC 9106's second recommendation but for the lanes, which a JVM would not run in parallel. */
    public static final KeyDerivation DEFAULT = new KeyDerivation(64 << 10, 3, 1);

    public KeyDerivation {
        if (lanes < 1
                || lanes > MAX_LANES
                || passes < 1
                || passes > MAX_PASSES
                || memoryKib < 8 * lanes
                || memoryKib > MAX_MEMORY_KIB
                || (long) memoryKib * passes > MAX_WORK_KIB) {
            throw new IllegalArgumentException(
                    "Argon2 costs out of range: " + memoryKib + " KiB, " + passes + " passes, " + lanes + " lanes");
        }
    }

    /**
     * Takes about a third of a second at the default costs, and {@code memoryKib} of heap while it runs.
     *
     * @throws RefusedException if the heap is too small for the memory cost
     */
    byte[] derive(Password password, byte[] salt) throws RefusedException {
        if (memoryKib * 1024L > Runtime.getRuntime().maxMemory() / 4 * 3) {
            throw new RefusedException("the key file needs " + memoryKib / 1024
                    + " MiB of memory to open; give Java a larger heap (-Xmx)");
        }
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(memoryKib)
                .withIterations(passes)
                .withParallelism(lanes)
                .withSalt(salt)
                .build());
        byte[] key = new byte[MasterKey.BYTES];
        generator.generateBytes(password.bytes(), key);
        return key;
    }
}
