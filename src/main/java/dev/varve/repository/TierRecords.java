package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/** Which cold tiers a repository has (docs/format.md, "Tiers"). Thread safe. */
final class TierRecords {
    static final int ID_BYTES = 16;

    private static final int MAX_NAME_BYTES = 32;

    private final Backend backend;
    private final SealedRecords records;

    TierRecords(Backend backend, SealedRecords records) {
        this.backend = backend;
        this.records = records;
    }

    /** By age. @throws CorruptException if one is damaged: what lies in that tier could not be found */
    List<TierRecord> list() throws IOException {
        List<String> names = new ArrayList<>();
        backend.list(ObjectNames.TIERS, object -> names.add(object.name()));
        List<TierRecord> tiers = new ArrayList<>();
        for (String name : names) {
            try {
                tiers.add(read(name));
            } catch (NotFoundException removed) {
                tiers.removeIf(tier -> tier.objectName().equals(name)); // since it was listed
            }
        }
        tiers.sort(Comparator.comparing(TierRecord::added).thenComparing(TierRecord::objectName));
        return tiers;
    }

    /** @throws RefusedException if there is a tier of this name, or the name can't be one */
    void add(TierRecord tier) throws IOException {
        TierRecord.requireName(tier.name());
        byte[] address = tier.address().getBytes(StandardCharsets.UTF_8);
        if (address.length > TierRecord.MAX_ADDRESS_BYTES) {
            throw new RefusedException("an address has at most " + TierRecord.MAX_ADDRESS_BYTES + " bytes");
        }
        byte[] name = tier.name().getBytes(StandardCharsets.US_ASCII);
        ByteWriter out = new ByteWriter()
                .u64(tier.added().getEpochSecond())
                .u64(tier.cacheBytes())
                .u8(name.length)
                .bytes(name)
                .u16(address.length)
                .bytes(address);
        records.put(tier.objectName(), SealedRecords.Kind.TIER, out.toByteArray());
    }

    void remove(TierRecord tier) throws IOException {
        records.delete(tier.objectName());
    }

    private TierRecord read(String objectName) throws IOException {
        if (objectName.length() != ObjectNames.TIERS.length() + 2 * ID_BYTES) {
            throw new CorruptException(objectName, -1, "no tier has this name");
        }
        ByteReader in = records.read(objectName, SealedRecords.Kind.TIER);
        long added = in.u64();
        long cacheBytes = in.u64();
        String name = text(in, in.u8(), MAX_NAME_BYTES);
        String address = text(in, in.u16(), TierRecord.MAX_ADDRESS_BYTES);
        in.expectEnd();
        if (added < 0 || added > Instant.MAX.getEpochSecond() || cacheBytes < 0) {
            throw in.corrupt("an impossible time or size");
        }
        try {
            TierRecord.requireName(name);
        } catch (RefusedException e) {
            throw in.corrupt("not a tier's name");
        }
        return new TierRecord(objectName, name, address, cacheBytes, Instant.ofEpochSecond(added));
    }

    private static String text(ByteReader in, int length, int max) throws CorruptException {
        if (length > max) {
            throw in.corrupt(length + " bytes of text");
        }
        return new String(in.bytes(length), StandardCharsets.UTF_8);
    }

    static String newObjectName(SecureRandom random) {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        return ObjectNames.TIERS + HexFormat.of().formatHex(id);
    }
}
