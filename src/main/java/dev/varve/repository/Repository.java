package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.local.LocalBackend;
import dev.varve.crypto.KeyDerivation;
import dev.varve.crypto.MasterKey;
import dev.varve.crypto.Password;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.index.ChunkIndex;
import dev.varve.index.IndexView;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.RefusedException;
import dev.varve.model.RepositoryId;
import dev.varve.model.VarveException;
import dev.varve.pack.PackReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A repository that is open: the only place that puts backend, keys, packs and index together. Any number of processes may have
 * one repository open, reading and writing. Thread safe. Memory: the frame cache ({@link RepositoryOptions}) and what a
 * {@link WriteSession} says.
 */
public final class Repository implements Closeable {
    private static final String INDEX = "index";

    /** A new file system has the first; creating a repository that was broken off before its config leaves the others. */
    private static final Set<String> ALLOWED_BEFORE = Set.of("lost+found", "keys", "tmp");

    private final Path directory;
    private final Backend backend;
    private final RepositoryConfig config;
    private final RepositoryOptions options;
    private final MasterKey master;
    private final RepositoryKeys keys;
    private final PackReader packs;
    private final ChunkIndex index;
    private final PackPool hot;
    private final TierRecords tierRecords;
    private final ColdTiers cold;
    private final PackUses uses;
    private final FrameCache frames;
    private final DistrustedFrames distrusted = new DistrustedFrames();
    private final PackedChunks chunks;
    private final SealedManifests manifests;
    private final SnapshotLabels labels;
    private final PackMarks marks;
    private final KeyRing keyRing;

    private Repository(
            Path directory,
            Path indexDirectory,
            Backend backend,
            RepositoryConfig config,
            MasterKey master,
            RepositoryOptions options)
            throws IOException {
        this.directory = directory;
        this.backend = backend;
        this.config = config;
        this.options = options;
        this.master = master;
        this.keys = RepositoryKeys.derive(config.id(), master, new SecureRandom());
        this.packs = new PackReader(backend, keys);
        this.index = ChunkIndex.open(indexDirectory);
        this.frames = new FrameCache(options);
        SealedRecords records = new SealedRecords(backend, keys);
        this.manifests = new SealedManifests(backend, keys, records);
        this.hot = new PackPool(
                TierRecord.HOT,
                "",
                backend,
                packs,
                index,
                keys.chunkIds(),
                manifests,
                null,
                new PacedCatchUp(this::catchUpReader));
        this.tierRecords = new TierRecords(backend, records);
        this.cold = new ColdTiers(tierRecords, keys, options.tiers(), cacheDirectory(indexDirectory));
        this.uses = new PackUses(backend, records, Clock.systemUTC());
        this.chunks = new PackedChunks(this::pools, frames, distrusted, uses);
        this.labels = new SnapshotLabels(backend, records);
        this.marks = new PackMarks(backend, records, this::missingPacks);
        this.keyRing = new KeyRing(backend, config.id());
    }

    private List<PackPool> pools() {
        List<PackPool> others = cold.pools();
        if (others.isEmpty()) {
            return List.of(hot);
        }
        List<PackPool> all = new ArrayList<>(others.size() + 1);
        all.add(hot);
        all.addAll(others);
        return all;
    }

    /** The cold tiers are looked at only for what the hot one has not. */
    private Set<PackId> missingPacks(Set<PackId> wanted) throws IOException {
        Set<PackId> missing = new HashSet<>(wanted);
        for (PackPool pool : pools()) {
            if (!missing.isEmpty()) {
                missing.removeAll(pool.access().sizes().keySet());
            }
        }
        return missing;
    }

    /**
     * Makes a repository in a directory that is empty, does not exist, or holds what an earlier try left behind.
     *
     * @param password null for a repository without encryption
     * @throws AlreadyExistsException if there is a repository
     * @throws RefusedException if the directory holds anything else
     */
    public static Repository create(Path directory, Password password) throws IOException {
        return create(directory, password, KeyDerivation.DEFAULT);
    }

    /** For tests, which need a derivation that is quick. */
    public static Repository create(Path directory, Password password, KeyDerivation derivation) throws IOException {
        requireEmpty(directory);
        LocalBackend backend = LocalBackend.create(directory);
        return create(directory, id -> indexDirectory(directory, id), backend, password, derivation);
    }

    /**
     * Makes a repository in a backend, which is closed with it.
     *
     * @param indexDirectory local, for the chunk index of this repository alone
     * @param password null for a repository without encryption
     * @throws AlreadyExistsException if there is a repository
     */
    public static Repository create(Backend backend, Path indexDirectory, Password password, KeyDerivation derivation)
            throws IOException {
        return create(backend, id -> indexDirectory, password, derivation);
    }

    /** @param indexDirectory for the id of the new repository */
    static Repository create(
            Backend backend, Function<RepositoryId, Path> indexDirectory, Password password, KeyDerivation derivation)
            throws IOException {
        return create(null, indexDirectory, backend, password, derivation);
    }

    private static Repository create(
            Path directory,
            Function<RepositoryId, Path> indexDirectory,
            Backend backend,
            Password password,
            KeyDerivation derivation)
            throws IOException {
        SecureRandom random = new SecureRandom();
        RepositoryConfig config = new RepositoryConfig(RepositoryId.random(random), password != null);
        MasterKey master = password == null ? MasterKey.unencrypted() : MasterKey.random(random);
        KeyRing keyRing = new KeyRing(backend, config.id());
        String key = null;
        if (password != null) {
            // The key comes first: a config without a key would be a repository that nobody can open.
            key = keyRing.add(master, password, "first", derivation, Instant.now());
        }
        try {
            config.write(backend);
        } catch (AlreadyExistsException e) {
            if (key != null) {
                keyRing.drop(key);
            }
            throw e;
        }
        keyRing.keepOnly(key);
        return new Repository(
                directory, indexDirectory.apply(config.id()), backend, config, master, RepositoryOptions.defaults());
    }

    /** Whether a password is needed. @throws dev.varve.model.NotFoundException if there is no repository */
    public static boolean isEncrypted(Path directory) throws IOException {
        try (LocalBackend backend = LocalBackend.open(directory)) {
            return RepositoryConfig.read(backend).encrypted();
        }
    }

    /**
     * @param password ignored by a repository without encryption
     * @throws dev.varve.model.NotFoundException if there is no repository
     * @throws dev.varve.model.UnsupportedFormatException if it is of a newer version
     * @throws dev.varve.model.AuthenticationException if the password opens no key
     */
    public static Repository open(Path directory, Password password, RepositoryOptions options) throws IOException {
        return open(directory, null, LocalBackend.open(directory), password, options);
    }

    /**
     * Opens a repository in a backend, which is closed with it, or at once when this fails.
     *
     * @param indexDirectory local, for the chunk index of this repository alone; made when missing
     * @throws dev.varve.model.NotFoundException and the others as for a directory
     */
    public static Repository open(Backend backend, Path indexDirectory, Password password, RepositoryOptions options)
            throws IOException {
        return open(null, indexDirectory, backend, password, options);
    }

    private static Repository open(
            Path directory, Path indexDirectory, Backend backend, Password password, RepositoryOptions options)
            throws IOException {
        try {
            RepositoryConfig config = RepositoryConfig.read(backend);
            MasterKey master =
                    config.encrypted() ? new KeyRing(backend, config.id()).unlock(password) : MasterKey.unencrypted();
            Repository opened = new Repository(
                    directory,
                    indexDirectory == null ? indexDirectory(directory, config.id()) : indexDirectory,
                    TierOwner.of(backend).isEmpty() ? backend : new ReadOnlyBackend(backend),
                    config,
                    master,
                    options);
            opened.cold.reload();
            return opened;
        } catch (IOException | RuntimeException e) {
            backend.close();
            throw e;
        }
    }

    /** Where it lies, for messages. */
    public String describe() {
        return backend.describe();
    }

    /** Where it lies; null when it is not in a local directory. */
    public Path directory() {
        return directory;
    }

    public RepositoryConfig config() {
        return config;
    }

    public ChunkSource chunks() {
        return chunks;
    }

    public ManifestStore manifests() {
        return manifests;
    }

    /** Tags and holds. */
    public SnapshotLabels labels() {
        return labels;
    }

    public KeyRing keys() {
        return keyRing;
    }

    /** Lets another password open the repository. Returns the id of its key. */
    public String addPassword(Password password, String label) throws IOException {
        if (!config.encrypted()) {
            throw new RefusedException("the repository in " + describe() + " is not encrypted: it has no passwords");
        }
        return keyRing.add(master, password, label, KeyDerivation.DEFAULT, Instant.now());
    }

    /** From the repository's key; what {@code Chunker} cuts by. A copy. */
    public byte[] gearKey() {
        return keys.gearKey();
    }

    /** Begins to write: first the index is brought up to the packs, so that nothing is stored twice or counted on that is lost. */
    public WriteSession begin() throws IOException {
        return begin(Clock.systemUTC(), Set.of());
    }

    /**
     * As {@link #begin()}.
     *
     * @param clock for how long it is since marks were looked at
     * @param avoided packs that count as not there
     */
    public WriteSession begin(Clock clock, Set<PackId> avoided) throws IOException {
        return begin(clock, avoided, null);
    }

    /**
     * As {@link #begin()}, and what lies in cold tiers counts as stored, too.
     *
     * @param absent told of each tier that is away, and why: what lies only there is stored again
     */
    public WriteSession beginCountingOnTiers(Clock clock, List<VarveException> absent) throws IOException {
        return begin(clock, Set.of(), absent);
    }

    /** As {@link #begin(Clock, Set)}, into the tier of these packs. */
    public WriteSession begin(PackAccess tier, Clock clock, Set<PackId> avoided) throws IOException {
        if (tier.isHot()) {
            return begin(clock, avoided);
        }
        return tierChanges().begin(record(tier), clock, avoided, null);
    }

    /** The small objects of the cold tier of these packs. */
    public TierMirror mirror(PackAccess tier) throws NotFoundException {
        return tierChanges().mirror(record(tier));
    }

    private TierRecord record(PackAccess tier) throws NotFoundException {
        for (TierRecord record : tiers()) {
            if (record.id().equals(tier.tierId())) {
                return record;
            }
        }
        throw new NotFoundException("tier " + tier.tier() + " was removed");
    }

    private WriteSession begin(Clock clock, Set<PackId> avoided, List<VarveException> absent) throws IOException {
        // Nothing may be written where a repository was: its disk may have been taken away and the mount point be left.
        backend.size(ObjectNames.CONFIG);
        // Marks before packs: what is deleted after this look is in it.
        MarkWatch watch = new MarkWatch(marks, clock, avoided);
        new IndexCatchUp(backend, packs, index).run(true);
        List<PackPool> others = absent == null ? List.of() : cold.toCountOn(absent);
        return new WriteSession(backend, keys, hot.id(), index, others, 0, distrusted, watch, options);
    }

    /** Room for times when there is none. */
    public Reserve reserve() {
        return new Reserve(directory);
    }

    /** What is marked for deletion. */
    public PackMarks marks() {
        return marks;
    }

    /** The packs of the hot tier. */
    public PackAccess packAccess() {
        return hot.access();
    }

    /** The packs of every tier, the hot one first. */
    public List<PackAccess> packsOfTiers() {
        return pools().stream().map(PackPool::access).toList();
    }

    /** Its cold tiers, by age. */
    public List<TierRecord> tiers() {
        return cold.records();
    }

    /** What of the hot tier was read lately. */
    public PackUses uses() {
        return uses;
    }

    /** Of a cold tier that is opened by itself, since its repository is lost: makes a new one of it. The caller closes it. */
    public TierAdoption adoption(RepositoryLocation tier, RepositoryLocation place) throws IOException {
        Backend made = place.createEmpty();
        try {
            return new TierAdoption(backend, tier.openPlace(), keys, made);
        } catch (IOException | RuntimeException e) {
            made.close();
            throw e;
        }
    }

    /** What changes tiers. */
    public TierChanges tierChanges() {
        return new TierChanges(this, backend, keys, config, tierRecords, cold, options);
    }

    private boolean catchUpReader(boolean afterLoss, BooleanSupplier found) throws IOException {
        cold.reload();
        IndexCatchUp catchUp = new IndexCatchUp(backend, packs, index);
        if (afterLoss) {
            catchUp.runAfterLoss();
        } else if (found == null) {
            catchUp.run(false);
        } else {
            return catchUp.runUntil(found);
        }
        return true;
    }

    /** Takes up what other processes have written since. Cheap when nothing changed. */
    public void refresh() throws IOException {
        index.refresh();
        uses.storeNowAndThen();
    }

    /** Merges small index segments; for after a backup. */
    public void tidy() throws IOException {
        index.mergeSmall();
    }

    /**
     * Enters packs that the index does not know yet and says which could not be read. What it knows of packs that are gone
     * stays: it tells what was lost.
     */
    public List<VarveException> catchUp() throws IOException {
        IndexCatchUp catchUp = new IndexCatchUp(backend, packs, index);
        catchUp.run(false);
        return catchUp.problems();
    }

    /**
     * Reads the whole chunk index and makes anew what of it is damaged: it is a cache, so that is no damage of the repository.
     * For work over all chunks, which must not take damage of the index for damage of data.
     */
    public void verifyIndex() throws IOException {
        index.verify();
        catchUp();
    }

    /** The chunk index as it is now, for work over all chunks. */
    public IndexView indexView() {
        return index.view();
    }

    /** For {@code check}: of each tier, the hot one first. */
    public List<PackVerifier> packVerifiers() {
        return pools().stream()
                .map(pool -> new PackVerifier(pool.name(), pool.backend(), pool.packs(), keys, pool.index()))
                .toList();
    }

    @Override
    public void close() throws IOException {
        uses.store();
        frames.close();
        cold.close();
        master.close();
        hot.close();
    }

    /** Beside the index: what this machine keeps of cold tiers. */
    private static Path cacheDirectory(Path indexDirectory) {
        return indexDirectory.endsWith(INDEX)
                ? indexDirectory.resolveSibling(ObjectNames.CACHE)
                : indexDirectory.resolve(ObjectNames.CACHE);
    }

    /** Beside the packs where that can be written, else in the user's cache: a repository on a read-only disk can be read, too. */
    private static Path indexDirectory(Path directory, RepositoryId id) {
        Path beside = directory.resolve(INDEX);
        if (Files.isWritable(directory) || Files.isDirectory(beside)) {
            return beside;
        }
        return indexDirectory(UserCache.of(UserCache.root(System.getenv("XDG_CACHE_HOME")), id));
    }

    /** @param local what a repository has on this machine */
    static Path indexDirectory(Path local) {
        return local.resolve(INDEX);
    }

    private static void requireEmpty(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        if (!Files.isDirectory(directory)) {
            throw new RefusedException(directory + " is not a directory; give another --repo");
        }
        if (Files.exists(directory.resolve("config"))) {
            throw new AlreadyExistsException(directory + " is a repository already");
        }
        try (Stream<Path> entries = Files.list(directory)) {
            if (entries.anyMatch(
                    entry -> !ALLOWED_BEFORE.contains(entry.getFileName().toString()))) {
                throw new RefusedException(directory + " is not empty; give an empty or new directory");
            }
        }
    }
}
