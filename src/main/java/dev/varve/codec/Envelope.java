package dev.varve.codec;

import dev.varve.bytes.ScratchBuffers;
import dev.varve.crypto.Sealer;
import dev.varve.model.AuthenticationException;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.UnsupportedFormatException;
import java.nio.ByteBuffer;

/**
 * Compresses and seals one kind of structure, and opens it again (docs/format.md, "Envelope"): frames, pack trailers and
 * manifests share this form and differ in magic and key. Stored input is hostile: checked are length, magic, version,
 * bounds, header checksum and tag, in this order, before the plaintext is allocated. Thread safe. Memory: up to
 * {@value #SCRATCH} scratch arrays of the largest structure seen.
 */
public final class Envelope {
    /** What does not shrink below this share is stored raw: the gain would not pay for decompressing. */
    private static final int WORTHWHILE_PERCENT = 97;

    private static final int SCRATCH = 16;

    private final int magic;
    private final Sealer sealer;
    private final Lz4 lz4 = Lz4.fastest();
    private final ScratchBuffers scratchBuffers = new ScratchBuffers(SCRATCH);

    public Envelope(int magic, Sealer sealer) {
        this.magic = magic;
        this.sealer = sealer;
    }

    /** What came out of an envelope. The array is the receiver's. */
    public static final class Opened {
        private final int kind;
        private final byte[] plain;

        private Opened(int kind, byte[] plain) {
            this.kind = kind;
            this.plain = plain;
        }

        public int kind() {
            return kind;
        }

        /** The array itself, not a copy. */
        public byte[] plain() {
            return plain;
        }
    }

    /**
     * Compresses with LZ4 and seals.
     *
     * @param kind 0 to 255, shown in plaintext
     * @param plain an array-backed buffer, from position to limit; not moved
     * @return an array-backed buffer with exactly the bytes to store
     * @throws IllegalArgumentException if there is more than {@link EnvelopeHeader#MAX_PLAIN_BYTES}
     */
    public ByteBuffer seal(int kind, ByteBuffer plain) {
        checkLength(plain);
        byte[] scratch = scratchBuffers.take(Lz4.maxCompressedLength(plain.remaining()));
        int start = plain.arrayOffset() + plain.position();
        int compressed = lz4.compress(plain.array(), start, plain.remaining(), scratch);
        return seal(Codec.LZ4, kind, plain, scratch, compressed);
    }

    /** Compresses with XZ and seals; else as {@link #seal(int, ByteBuffer)}. */
    public ByteBuffer seal(int kind, ByteBuffer plain, XzSettings settings) {
        checkLength(plain);
        byte[] scratch = scratchBuffers.take(Xz.maxCompressedLength(plain.remaining()));
        int start = plain.arrayOffset() + plain.position();
        int compressed = Xz.compress(settings, plain.array(), start, plain.remaining(), scratch);
        return seal(Codec.XZ, kind, plain, scratch, compressed);
    }

    private static void checkLength(ByteBuffer plain) {
        if (plain.remaining() > EnvelopeHeader.MAX_PLAIN_BYTES) {
            throw new IllegalArgumentException(plain.remaining() + " bytes do not go into one envelope");
        }
    }

    private ByteBuffer seal(Codec codec, int kind, ByteBuffer plain, byte[] scratch, int compressed) {
        int length = plain.remaining();
        boolean shrinks = compressed < (long) length * WORTHWHILE_PERCENT / 100;
        ByteBuffer stored = shrinks
                ? seal(codec, kind, length, ByteBuffer.wrap(scratch, 0, compressed))
                : seal(Codec.RAW, kind, length, plain.duplicate());
        scratchBuffers.give(scratch);
        return stored;
    }

    private ByteBuffer seal(Codec codec, int kind, int plainLength, ByteBuffer body) {
        byte[] nonce = sealer.nonce();
        EnvelopeHeader header = new EnvelopeHeader(
                magic, codec, kind, plainLength, body.remaining() + Sealer.TAG_BYTES, ByteString.of(nonce));
        byte[] headerBytes = header.encode();
        ByteBuffer stored = ByteBuffer.allocate(header.storedLength());
        stored.put(headerBytes);
        sealer.seal(nonce, ByteBuffer.wrap(headerBytes), body, stored);
        return stored.flip();
    }

    /**
     * @param resource the object, for messages
     * @param offset where the envelope lies in it, in bytes
     * @param stored an array-backed buffer with exactly the envelope from position to limit; not moved
     */
    public Opened open(String resource, long offset, ByteBuffer stored)
            throws CorruptException, UnsupportedFormatException {
        EnvelopeHeader header = EnvelopeHeader.decode(resource, offset, magic, stored);
        if (stored.remaining() != header.storedLength()) {
            throw new CorruptException(
                    resource, offset, "has " + stored.remaining() + " bytes, its header says " + header.storedLength());
        }
        ByteBuffer headerBytes = stored.slice(stored.position(), EnvelopeHeader.BYTES);
        ByteBuffer sealed = stored.slice(stored.position() + EnvelopeHeader.BYTES, header.sealedLength());
        if (header.codec() == Codec.RAW) {
            byte[] plain = new byte[header.plainLength()];
            open(resource, offset, header, headerBytes, sealed, ByteBuffer.wrap(plain));
            return new Opened(header.kind(), plain);
        }
        byte[] scratch = scratchBuffers.take(header.sealedLength());
        ByteBuffer compressed = ByteBuffer.wrap(scratch);
        open(resource, offset, header, headerBytes, sealed, compressed);
        byte[] plain = new byte[header.plainLength()];
        decompress(resource, offset, header.codec(), scratch, compressed.position(), plain);
        scratchBuffers.give(scratch);
        return new Opened(header.kind(), plain);
    }

    private void decompress(String resource, long offset, Codec codec, byte[] source, int length, byte[] plain)
            throws CorruptException, UnsupportedFormatException {
        if (codec == Codec.XZ) {
            Xz.decompress(resource, offset, source, length, plain);
        } else if (!lz4.decompress(source, 0, length, plain)) {
            throw new CorruptException(resource, offset, "does not decompress");
        }
    }

    private void open(
            String resource,
            long offset,
            EnvelopeHeader header,
            ByteBuffer headerBytes,
            ByteBuffer sealed,
            ByteBuffer target)
            throws CorruptException {
        try {
            sealer.open(header.nonce().toBytes(), headerBytes, sealed, target);
        } catch (AuthenticationException e) {
            CorruptException corrupt = new CorruptException(resource, offset, e.getMessage());
            corrupt.initCause(e);
            throw corrupt;
        }
    }
}
