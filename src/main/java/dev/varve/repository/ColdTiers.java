package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.CircuitBreaker;
import dev.varve.backend.Patience;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.index.ChunkIndex;
import dev.varve.model.BackendException;
import dev.varve.model.VarveException;
import dev.varve.pack.PackReader;
import dev.varve.tier.ReadCache;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The cold tiers of an open repository. Their places are opened when something is first read there; their indexes and what was read
 * are kept on this machine. Thread safe. Memory: an open index a tier.
 */
final class ColdTiers implements Closeable {
    private final TierRecords records;
    private final RepositoryKeys keys;
    private final TierOpener opener;
    private final Path directory;
    private final Map<String, PackPool> open = new HashMap<>();
    private final Map<String, Backend> patient = new HashMap<>();
    private volatile List<TierRecord> listed = List.of();
    private volatile List<PackPool> pools = List.of();

    /** @param directory local, for indexes and caches; made when there is a tier */
    ColdTiers(TierRecords records, RepositoryKeys keys, TierOpener opener, Path directory) {
        this.records = records;
        this.keys = keys;
        this.opener = opener;
        this.directory = directory;
    }

    /** Reads the list of tiers again. */
    synchronized void reload() throws IOException {
        List<TierRecord> now = records.list();
        if (now.equals(listed)) {
            return;
        }
        List<PackPool> opened = new ArrayList<>();
        for (TierRecord tier : now) {
            PackPool pool = open.get(tier.id());
            if (pool == null) {
                pool = open(tier);
                open.put(tier.id(), pool);
            }
            opened.add(pool);
        }
        listed = now;
        pools = List.copyOf(opened);
    }

    List<TierRecord> records() {
        return listed;
    }

    /** In the order of the records. */
    List<PackPool> pools() {
        return pools;
    }

    PackPool pool(TierRecord tier) {
        return pools.get(listed.indexOf(tier));
    }

    private PackPool open(TierRecord tier) throws IOException {
        // Readers are to hear within seconds that a tier is away, and at once from then on for a while.
        Backend backend = new CircuitBreaker(lazily(tier, Patience.INTERACTIVE));
        Path local = directory.resolve(tier.id());
        ChunkIndex index = ChunkIndex.open(local.resolve("index"));
        PackReader packs = new PackReader(backend, keys);
        ReadCache cache = ReadCache.open(local.resolve("frames"), tier.cacheBytes(), keys);
        PacedCatchUp catchUp = new PacedCatchUp((afterLoss, found) -> {
            IndexCatchUp run = new IndexCatchUp(backend, packs, index);
            if (afterLoss) {
                run.runAfterLoss();
            } else {
                run.run(false);
            }
            return true;
        });
        ManifestStore manifests = new SealedManifests(backend, keys, new SealedRecords(backend, keys));
        return new PackPool(tier.name(), tier.id(), backend, packs, index, keys.chunkIds(), manifests, cache, catchUp);
    }

    /** The place of a tier for work that waits out short failures of the server. Closed with this. */
    synchronized Backend patient(TierRecord tier) {
        return patient.computeIfAbsent(tier.id(), id -> lazily(tier, Patience.PATIENT));
    }

    private Backend lazily(TierRecord tier, Patience patience) {
        return new LazyBackend(
                "tier " + tier.name() + " (" + shown(tier.address()) + ")",
                () -> openOwn(tier, patience),
                System::nanoTime);
    }

    private Backend openOwn(TierRecord tier, Patience patience) throws IOException {
        Backend place = opener.open(tier.address(), patience);
        try {
            TierOwner.require(place, tier.id());
            return place;
        } catch (IOException | RuntimeException e) {
            place.close();
            throw e;
        }
    }

    /** An address without its settings. */
    static String shown(String address) {
        int query = address.indexOf('?');
        return query < 0 || !address.contains("://") ? address : address.substring(0, query);
    }

    /**
     * For a writer: brings the indexes up to the packs that are there. A tier that is away is left out.
     *
     * @param absent told of each tier that is away, and why
     */
    List<PackPool> toCountOn(List<VarveException> absent) throws IOException {
        reload();
        List<PackPool> there = new ArrayList<>();
        for (PackPool pool : pools) {
            try {
                new IndexCatchUp(pool.backend(), pool.packs(), pool.index()).run(true);
                there.add(pool);
            } catch (BackendException e) {
                absent.add(e);
            }
        }
        return there;
    }

    @Override
    public synchronized void close() throws IOException {
        for (PackPool pool : open.values()) {
            pool.close();
        }
        open.clear();
        for (Backend backend : patient.values()) {
            backend.close();
        }
        patient.clear();
    }
}
