package dev.varve.chunk;

import dev.varve.bytes.ByteReader;
import dev.varve.crypto.Hkdf;
import dev.varve.model.CorruptException;
import java.nio.charset.StandardCharsets;

/**
 * Cuts bytes into chunks at places that the content decides: FastCDC with normalised chunking (Xia et al., USENIX ATC
 * 2016) over a gear hash whose table derives from the repository's key, so that chunk lengths tell outsiders nothing about
 * known content (docs/format.md, "Chunker"). Equal bytes give equal chunks after an insertion or removal as soon as the
 * cuts meet again. Immutable and thread safe. Memory: 2 KiB.
 */
public final class Chunker {
    private final long[] gear;

    /** @param gearKey the sub-key for the gear table, 32 bytes */
    public Chunker(byte[] gearKey) {
        byte[] table = Hkdf.expand(
                gearKey, "gear".getBytes(StandardCharsets.US_ASCII), ChunkerFormat.GEAR_ENTRIES * Long.BYTES);
        ByteReader reader = ByteReader.of("gear table", table);
        gear = new long[ChunkerFormat.GEAR_ENTRIES];
        try {
            for (int i = 0; i < gear.length; i++) {
                gear[i] = reader.u64();
            }
        } catch (CorruptException e) {
            throw new IllegalStateException("the gear table has 2048 bytes", e);
        }
    }

    /**
     * The length of the first chunk of {@code data[from, to)}. When no cut lies in it and it is shorter than {@link
     * ChunkerFormat#MAX_BYTES}, the answer is {@code to − from}: unless the data ends there, the caller must ask again with
     * more. With at least {@code MAX_BYTES} the answer is final.
     */
    public int cut(byte[] data, int from, int to) {
        int available = to - from;
        if (available <= ChunkerFormat.MIN_BYTES) {
            return available;
        }
        int end = from + Math.min(available, ChunkerFormat.MAX_BYTES);
        int normal = from + Math.min(available, ChunkerFormat.NORMAL_BYTES);
        long hash = 0;
        int at = from + ChunkerFormat.MIN_BYTES;
        long[] table = gear;
        for (; at < normal; at++) {
            hash = (hash << 1) + table[data[at] & 0xff];
            if ((hash & ChunkerFormat.EARLY_MASK) == 0) {
                return at + 1 - from;
            }
        }
        for (; at < end; at++) {
            hash = (hash << 1) + table[data[at] & 0xff];
            if ((hash & ChunkerFormat.LATE_MASK) == 0) {
                return at + 1 - from;
            }
        }
        return end - from;
    }
}
