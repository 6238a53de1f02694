package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.ThrottledBackend;
import dev.varve.backend.TokenBucket;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Adds and removes cold tiers, and opens one for writing (docs/format.md, "Tiers"). Not thread safe. */
public final class TierChanges {
    private final Repository repository;
    private final Backend hot;
    private final RepositoryKeys keys;
    private final RepositoryConfig config;
    private final TierRecords records;
    private final ColdTiers cold;
    private final RepositoryOptions options;

    TierChanges(
            Repository repository,
            Backend hot,
            RepositoryKeys keys,
            RepositoryConfig config,
            TierRecords records,
            ColdTiers cold,
            RepositoryOptions options) {
        this.repository = repository;
        this.hot = hot;
        this.keys = keys;
        this.config = config;
        this.records = records;
        this.cold = cold;
        this.options = options;
    }

    /**
     * Adds a cold tier at a place that is empty, or that was a tier of this repository before.
     *
     * @throws RefusedException if there is a tier of this name, or the place holds anything else
     */
    public TierRecord add(String name, String address, long cacheBytes, Instant now) throws IOException {
        TierRecord.requireName(name);
        for (TierRecord there : records.list()) {
            if (there.name().equals(name)) {
                throw new RefusedException("there is a tier " + name + " already, at " + there.address()
                        + "; give another name, or remove it: varve tier remove " + name);
            }
            if (there.address().equals(address)) {
                throw new RefusedException(address + " is tier " + there.name() + " already");
            }
        }
        try (Backend place = options.tiers().create(address)) {
            String objectName = claim(place);
            TierRecord tier = new TierRecord(objectName, name, address, cacheBytes, now);
            mirror(place).copyOpening();
            records.add(tier);
            cold.reload();
            return tier;
        }
    }

    /** Forgets a tier. What lies there stays there. */
    public void remove(TierRecord tier) throws IOException {
        records.remove(tier);
        cold.reload();
    }

    /**
     * Begins to write into a cold tier. What is marked for deletion there counts as not there.
     *
     * @param avoided packs that count as not there, too
     * @param bytesPerSecond at most to be sent; null for no limit
     */
    public WriteSession begin(TierRecord tier, Clock clock, Set<PackId> avoided, Long bytesPerSecond)
            throws IOException {
        PackPool pool = cold.pool(tier);
        MarkWatch watch = new MarkWatch(repository.marks(), clock, avoided);
        Backend patient = cold.patient(tier);
        new IndexCatchUp(patient, pool.packs(), pool.index()).run(true);
        Backend backend = bytesPerSecond == null
                ? patient
                : new ThrottledBackend(patient, TokenBucket.ofRate(bytesPerSecond), null);
        return new WriteSession(
                backend,
                keys,
                pool.id(),
                pool.index(),
                List.of(),
                ColdLane.workers(),
                new DistrustedFrames(),
                watch,
                options);
    }

    /** The small objects of the tier: keys, manifests, labels. */
    public TierMirror mirror(TierRecord tier) {
        return mirror(cold.patient(tier));
    }

    private TierMirror mirror(Backend place) {
        return new TierMirror(hot, place, new SealedRecords(place, keys));
    }

    /** Makes the place ours. @return the object name of the tier's record */
    private String claim(Backend place) throws IOException {
        SealedRecords sealed = new SealedRecords(place, keys);
        try {
            RepositoryConfig there = RepositoryConfig.read(place);
            if (!there.id().equals(config.id())) {
                throw new RefusedException(place.describe() + " is a repository; a tier needs a place of its own");
            }
        } catch (NotFoundException e) {
            requireEmpty(place);
        }
        if (TierOwner.of(place).isEmpty() && isRepository(place)) {
            throw new RefusedException(place.describe() + " is this repository itself");
        }
        String objectName = TierRecords.newObjectName(new SecureRandom());
        TierOwner.take(place, sealed, objectName.substring(ObjectNames.TIERS.length()));
        return objectName;
    }

    private static boolean isRepository(Backend place) throws IOException {
        try {
            RepositoryConfig.read(place);
            return true;
        } catch (NotFoundException none) {
            return false;
        }
    }

    private static void requireEmpty(Backend place) throws IOException {
        String[] other = {null};
        place.list("", object -> {
            if (!object.name().startsWith(ObjectNames.OWNER) && !object.name().startsWith(ObjectNames.KEYS)) {
                other[0] = object.name();
            }
        });
        if (other[0] != null) {
            throw new RefusedException(
                    place.describe() + " is not empty: it has " + other[0] + "; give an empty or new place");
        }
    }
}
