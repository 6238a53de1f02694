package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * From which packs of the hot tier something was read, and when (docs/format.md, "Uses"): what was used lately stays hot. Notes are
 * stored at most every {@link #STORE_EVERY} and when the repository is closed, and are no more than hints: where nothing can be
 * written, none is. Kept only while the repository has a cold tier. Thread safe. Memory: 60 bytes a pack that was read from.
 */
public final class PackUses {
    static final Duration STORE_EVERY = Duration.ofHours(1);

    private static final int MAX_PACKS = 100_000;
    private static final int NAME_BYTES = 16;

    private final Backend backend;
    private final SealedRecords records;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Set<PackId> noted = ConcurrentHashMap.newKeySet();
    private volatile Instant lastStored;

    PackUses(Backend backend, SealedRecords records, Clock clock) {
        this.backend = backend;
        this.records = records;
        this.clock = clock;
        this.lastStored = clock.instant();
    }

    /** Notes that something was read from a pack, or written to it to be read soon. */
    void note(PackId pack) {
        if (noted.size() < MAX_PACKS) {
            noted.add(pack);
        }
    }

    /** Stores what was noted, if that is an hour ago. */
    void storeNowAndThen() {
        if (Duration.between(lastStored, clock.instant()).compareTo(STORE_EVERY) >= 0) {
            store();
        }
    }

    synchronized void store() {
        lastStored = clock.instant();
        Set<PackId> packs = new HashSet<>(noted);
        noted.removeAll(packs);
        if (packs.isEmpty()) {
            return;
        }
        ByteWriter out = new ByteWriter();
        out.u64(lastStored.getEpochSecond()).u32(packs.size());
        packs.forEach(pack -> out.bytes(HexFormat.of().parseHex(pack.toHex())));
        byte[] name = new byte[NAME_BYTES];
        random.nextBytes(name);
        try {
            records.put(ObjectNames.USES + HexFormat.of().formatHex(name), SealedRecords.Kind.USE, out.toByteArray());
        } catch (IOException e) {
            System.getLogger(PackUses.class.getName())
                    .log(System.Logger.Level.DEBUG, "uses could not be noted: {0}", e.getMessage());
        }
    }

    /** Packs that were used at this time or later. */
    public Set<PackId> since(Instant start) throws IOException {
        Set<PackId> used = new HashSet<>(noted);
        for (String name : names()) {
            Use use = read(name);
            if (use != null && !use.time().isBefore(start)) {
                used.addAll(use.packs());
            }
        }
        return used;
    }

    /** Removes notes from before this time, and those that can't be read. */
    public void removeBefore(Instant start) throws IOException {
        for (String name : names()) {
            Use use = read(name);
            if (use == null || use.time().isBefore(start)) {
                records.delete(name);
            }
        }
    }

    private record Use(Instant time, Set<PackId> packs) {}

    /** @return null for one that is gone or damaged: a hint that is lost */
    private Use read(String name) throws IOException {
        try {
            ByteReader in = records.read(name, SealedRecords.Kind.USE);
            long seconds = in.u64();
            int count = in.u32("number of packs", 0, MAX_PACKS);
            Set<PackId> packs = new HashSet<>();
            for (int i = 0; i < count; i++) {
                packs.add(PackId.parse(HexFormat.of().formatHex(in.bytes(PackId.BYTES))));
            }
            in.expectEnd();
            if (seconds < 0 || seconds > Instant.MAX.getEpochSecond()) {
                throw in.corrupt("an impossible time");
            }
            return new Use(Instant.ofEpochSecond(seconds), packs);
        } catch (NotFoundException | CorruptException e) {
            return null;
        }
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        backend.list(ObjectNames.USES, object -> names.add(object.name()));
        return names;
    }
}
