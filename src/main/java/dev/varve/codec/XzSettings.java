package dev.varve.codec;

/**
 * How XZ looks for repetitions (always hash chains of four bytes and its normal mode). Readers need none of this.
 *
 * @param dictionaryBytes how far back repetitions are looked for; a frame that is shorter takes its own length
 * @param niceLength a repetition of this many bytes ends the search, 8 to 273
 * @param depth places looked at for each byte, at least 1: what most of the time goes into
 * @param literalContextBits lc: high bits of the byte before that foretell a byte, 0 to 4
 * @param positionBits pb: low bits of the position that foretell what comes, 0 to 4; for data aligned to 2^pb bytes
 * @param x86Code whether the targets of x86 calls and jumps are made absolute first, so that they repeat
 */
public record XzSettings(
        int dictionaryBytes, int niceLength, int depth, int literalContextBits, int positionBits, boolean x86Code) {
    static final XzSettings TEXT = new XzSettings(4 << 20, 32, 12, 4, 0, false);
    static final XzSettings RECORDS = new XzSettings(1 << 20, 32, 4, 3, 0, false);
    static final XzSettings X86_CODE = new XzSettings(4 << 20, 32, 6, 4, 0, true);
    static final XzSettings BINARY = new XzSettings(4 << 20, 32, 6, 3, 0, false);

    static final int MIN_DICTIONARY_BYTES = 4096;

    public XzSettings {
        if (dictionaryBytes < MIN_DICTIONARY_BYTES
                || dictionaryBytes > EnvelopeHeader.MAX_PLAIN_BYTES
                || niceLength < 8
                || niceLength > 273
                || depth < 1
                || literalContextBits < 0
                || literalContextBits > 4
                || positionBits < 0
                || positionBits > 4) {
            throw new IllegalArgumentException("XZ can't be set so: dictionary " + dictionaryBytes + ", nice length "
                    + niceLength + ", depth " + depth + ", lc " + literalContextBits + ", pb " + positionBits);
        }
    }
}
