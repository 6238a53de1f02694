package dev.varve.check;

import dev.varve.index.IndexView;
import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.VarveException;
import dev.varve.repository.PackVerifier;
import dev.varve.repository.Repository;
import dev.varve.repository.TierRecord;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.snapshot.VolumeVerifier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Verifies a repository: that the index can be held against the packs, that every pack is whole, and that every snapshot reaches
 * all it needs; where data is read, also that every frame opens and every chunk is what its name says. Damage is named with the
 * packs it is in and the paths and dates it hurts. Memory: a bit or two a chunk ({@link ChunkLedger}), the list of packs, and
 * the ids of damaged chunks.
 */
public final class RepositoryCheck {
    private static final long CACHE_BYTES = 64L << 20;

    private final Repository repository;
    private final RandomGenerator random;

    /** @param random which packs are read when not all are */
    public RepositoryCheck(Repository repository, RandomGenerator random) {
        this.repository = repository;
        this.random = random;
    }

    /** Told of the work as it goes on; calls come one at a time. */
    public interface Progress {
        void packs(int done, int inAll);

        void snapshot(Manifest manifest);
    }

    /**
     * What was found.
     *
     * @param damagedPacks a pack and what is wrong with it, one line each
     * @param problems everything else that is wrong: manifests, snapshots, paths
     * @param unchecked tiers that could not be reached, one line each
     * @param verifiedBytes of plaintext that were read and good
     */
    public record Report(
            int snapshots,
            int packs,
            long verifiedBytes,
            List<PackDamage> damagedPacks,
            List<String> problems,
            List<String> unchecked) {
        public Report {
            damagedPacks = List.copyOf(damagedPacks);
            problems = List.copyOf(problems);
            unchecked = List.copyOf(unchecked);
        }

        public boolean isSound() {
            return damagedPacks.isEmpty() && problems.isEmpty();
        }
    }

    /**
     * A pack and what is wrong with it.
     *
     * @param hurtChunks chunks that can't be read from it
     * @param elsewhere those of them that lie in another pack or tier, too, and so are read from there
     */
    public record PackDamage(PackId pack, String message, int hurtChunks, int elsewhere) {}

    /** @param readPercent share of the packs whose data is read and hashed again, 0 to 100 */
    public Report run(double readPercent, Progress progress) throws IOException {
        List<String> problems = new ArrayList<>();
        List<String> unchecked = new ArrayList<>();
        // Manifests first: whatever they refer to is in packs that are listed later, also while others write.
        SnapshotCatalog catalog = new SnapshotCatalog(repository.manifests());
        repository.verifyIndex();
        PackFindings packs = new PackFindings(progress);
        for (PackVerifier tier : repository.packVerifiers()) {
            packs.verifying(tier);
            try {
                tier.verify(readPercent, random, packs);
            } catch (BackendException e) {
                if (tier.tier().equals(TierRecord.HOT)) {
                    throw e;
                }
                unchecked.add(e.getMessage() + "; this tier is not checked");
            }
        }
        for (VarveException problem : catalog.problems()) {
            problems.add(problem.getMessage());
        }
        repository.catchUp(); // what was written anew and deleted meanwhile lies elsewhere now
        Map<String, IndexView> indexes = new LinkedHashMap<>();
        repository.packVerifiers().forEach(tier -> indexes.put(tier.tier(), tier.indexView()));
        ChunkLedger ledger = new ChunkLedger(List.copyOf(indexes.values()), packs.hurt(indexes));
        VolumeCache cache = VolumeCache.ofBytes(CACHE_BYTES);
        try (ParallelParts parts = new ParallelParts(Runtime.getRuntime().availableProcessors())) {
            VolumeVerifier verifier = new VolumeVerifier(repository.chunks(), cache, ledger, parts);
            for (Manifest manifest : catalog.snapshots()) {
                progress.snapshot(manifest);
                List<String> found = new ArrayList<>();
                for (VolumeRecord volume : manifest.volumes()) {
                    VolumeFindings findings = new VolumeFindings(manifest, volume);
                    verifier.verify(volume, findings);
                    findings.name(repository.chunks(), cache, found);
                }
                if (!found.isEmpty() && isThere(manifest)) {
                    problems.addAll(found);
                }
            }
        }
        packs.nameMissing(ledger.hurtAndNeeded());
        return new Report(catalog.snapshots().size(), packs.inAll, packs.bytes, packs.damaged, problems, unchecked);
    }

    /** One that was forgotten, and pruned, while others were checked is no damage. */
    private boolean isThere(Manifest manifest) throws IOException {
        try {
            repository.manifests().read(manifest.objectName());
            return true;
        } catch (NotFoundException e) {
            return false;
        }
    }

    private record HurtChunks(Place place, Set<ChunkId> chunks) {}

    /** A pack of metadata lies in several tiers under one name. */
    private record Place(String tier, PackId pack) {}

    private static final class PackFindings implements PackVerifier.Listener {
        private final Progress progress;
        private final List<PackDamage> damaged = new ArrayList<>();
        private final List<HurtChunks> hurt = new ArrayList<>();
        private final List<HurtChunks> missing = new ArrayList<>();
        private String tier = TierRecord.HOT;
        private int inEarlierTiers;
        private int inAll;
        private long bytes;

        PackFindings(Progress progress) {
            this.progress = progress;
        }

        void verifying(PackVerifier next) {
            tier = next.tier();
            inEarlierTiers = inAll;
        }

        @Override
        public void damaged(PackId pack, String message, Set<ChunkId> chunks) {
            damaged.add(new PackDamage(pack, named(tier, message), chunks.size(), 0));
            hurt.add(new HurtChunks(new Place(tier, pack), chunks));
        }

        @Override
        public void missing(PackId pack, Set<ChunkId> chunks) {
            missing.add(new HurtChunks(new Place(tier, pack), chunks));
            hurt.add(new HurtChunks(new Place(tier, pack), chunks));
        }

        private static String named(String tier, String message) {
            return tier.equals(TierRecord.HOT) ? message : "tier " + tier + ": " + message;
        }

        /** A missing pack is damage if a snapshot needs something that only it had; else it was pruned. */
        void nameMissing(Set<ChunkId> needed) {
            for (HurtChunks lost : missing) {
                long count = lost.chunks().stream().filter(needed::contains).count();
                if (count > 0) {
                    String message = named(
                            lost.place().tier(), "pack " + lost.place().pack().toHex() + " is missing");
                    damaged.add(new PackDamage(lost.place().pack(), message, (int) count, 0));
                }
            }
        }

        /** What is in damaged places and nowhere else: a later backup may have stored it again, or another tier may have it. */
        Set<ChunkId> hurt(Map<String, IndexView> indexes) throws IOException {
            Map<Place, Set<ChunkId>> places = new HashMap<>();
            for (HurtChunks some : hurt) {
                places.computeIfAbsent(some.place(), place -> new HashSet<>()).addAll(some.chunks());
            }
            Set<ChunkId> without = new HashSet<>();
            for (HurtChunks some : hurt) {
                for (ChunkId id : some.chunks()) {
                    if (!liesElsewhere(id, places, indexes)) {
                        without.add(id);
                    }
                }
            }
            damaged.replaceAll(pack -> withElsewhere(pack, without));
            return without;
        }

        private PackDamage withElsewhere(PackDamage pack, Set<ChunkId> without) {
            Set<ChunkId> chunks = new HashSet<>();
            hurt.stream()
                    .filter(some -> some.place().pack().equals(pack.pack()))
                    .forEach(some -> chunks.addAll(some.chunks()));
            int lost = (int) chunks.stream().filter(without::contains).count();
            return new PackDamage(
                    pack.pack(), pack.message(), pack.hurtChunks(), Math.max(0, pack.hurtChunks() - lost));
        }

        private static boolean liesElsewhere(
                ChunkId id, Map<Place, Set<ChunkId>> damaged, Map<String, IndexView> indexes) throws IOException {
            for (Map.Entry<String, IndexView> tier : indexes.entrySet()) {
                Predicate<ChunkLocation> isGood =
                        location -> !damaged.getOrDefault(new Place(tier.getKey(), location.pack()), Set.of())
                                .contains(id);
                if (tier.getValue().find(id, isGood) != null) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public void verified(int packsDone, int packsInAll, long good) {
            inAll = inEarlierTiers + packsInAll;
            bytes += good;
            progress.packs(inEarlierTiers + packsDone, inAll);
        }
    }
}
