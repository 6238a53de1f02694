package dev.varve.backup;

import dev.varve.chunk.Chunker;
import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInfo;
import dev.varve.fs.probe.VolumeProbe;
import dev.varve.model.ByteString;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.model.RefusedException;
import dev.varve.model.Timestamp;
import dev.varve.model.VarveException;
import dev.varve.repository.MarkWatch;
import dev.varve.repository.Repository;
import dev.varve.repository.WriteSession;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.ManifestFormat;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.snapshot.SnapshotPublisher;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import java.io.Closeable;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes one snapshot of one or more volumes. Order: look at all sources and refuse what is wrong; ingest every volume in one
 * write session; make its chunks durable; publish the manifest, which is the commit. Whatever fails before that leaves
 * garbage and nothing else.
 */
public final class BackupJob {
    private static final long PREVIOUS_CACHE_BYTES = 8 << 20;

    private final Repository repository;
    private final BackupOptions options;
    private final Clock clock;
    private final SourceChecks checks;
    private final ProblemLog problems = new ProblemLog();
    private MarkWatch watch;

    public BackupJob(Repository repository, BackupOptions options) {
        this(repository, options, Clock.systemUTC(), new SourceChecks());
    }

    BackupJob(Repository repository, BackupOptions options, Clock clock, SourceChecks checks) {
        this.repository = repository;
        this.options = options;
        this.clock = clock;
        this.checks = checks;
    }

    /**
     * Runs the backup. Used once.
     *
     * @throws dev.varve.model.RefusedException if a source must not be backed up
     * @throws dev.varve.model.UnsupportedVolumeException if a source holds no file system that varve reads
     * @throws dev.varve.model.AlreadyExistsException if the host has a snapshot of the time that was asked for
     */
    public BackupResult run() throws IOException {
        requireStorable();
        SourceChecks.requireDistinct(options.sources());
        Instant now = clock.instant();
        boolean explicit = options.time() != null;
        Timestamp time = explicit ? options.time() : new Timestamp(now.getEpochSecond(), now.getNano());
        SnapshotPublisher publisher = new SnapshotPublisher(repository.manifests(), options.tool());
        if (explicit) {
            publisher.requireFree(options.host(), time, options.zone());
        }
        List<OpenSource> sources = new ArrayList<>();
        try {
            VolumeNames names = new VolumeNames();
            for (BackupSource source : options.sources()) {
                sources.add(open(source, names));
            }
            requireRoom(sources);
            List<VolumeOutcome> volumes = ingest(sources);
            List<VolumeRecord> records =
                    volumes.stream().map(VolumeOutcome::record).toList();
            watch.settle();
            Manifest manifest = publisher.publish(options.host(), time, options.zone(), records, explicit);
            requireInTime(manifest);
            tidy();
            return new BackupResult(manifest, volumes, problemLines(records));
        } finally {
            for (OpenSource source : sources) {
                source.close();
            }
        }
    }

    /** What a manifest could not hold is refused before the work rather than after it. */
    private void requireStorable() throws RefusedException {
        if (!ManifestFormat.isValidHost(options.host())) {
            throw new RefusedException(
                    "\"" + options.host() + "\" can be no host's name: 1 to 255 bytes, without blanks and"
                            + " slashes, not starting with a dot; give another with --host");
        }
        if (options.sources().size() > ManifestFormat.MAX_VOLUMES) {
            throw new RefusedException(
                    options.sources().size() + " volumes are too many for one snapshot, which has at most "
                            + ManifestFormat.MAX_VOLUMES + "; make several with different --host");
        }
        for (BackupSource source : options.sources()) {
            boolean fits = ByteString.utf8(source.location().text()).length() <= ManifestFormat.MAX_TEXT
                    && source.mountPoint().length() <= ManifestFormat.MAX_TEXT;
            if (!fits) {
                throw new RefusedException("the path of a source or its mount point is longer than "
                        + ManifestFormat.MAX_TEXT + " bytes: "
                        + source.location().text());
            }
        }
    }

    private void requireRoom(List<OpenSource> sources) throws IOException {
        List<VolumeInfo> volumes = sources.stream()
                .filter(source -> source.volume() != null)
                .map(source -> source.volume().info())
                .toList();
        boolean isFirst = repository.manifests().list().isEmpty();
        SpaceCheck.require(
                String.valueOf(repository.directory()), repository.reserve().usableBytes(), volumes, isFirst);
    }

    /** A prune that began meanwhile may not have seen the snapshot and delete what it needs: it must not stand then. */
    private void requireInTime(Manifest manifest) throws IOException {
        if (watch.isLate()) {
            repository.manifests().forget(manifest.objectName());
            throw new RefusedException(
                    "snapshot " + manifest.name() + " was taken back: publishing it took so long that a"
                            + " prune may have deleted what it needs; run the backup again");
        }
    }

    private OpenSource open(BackupSource source, VolumeNames names) throws IOException {
        CountedSource device = new CountedSource(source.location().open(checks, repository.directory(), problems::add));
        try {
            Volume volume = source.raw() ? null : VolumeProbe.open(device);
            return new OpenSource(source, names.name(source.location().namedAfter()), device, volume);
        } catch (IOException | RuntimeException e) {
            device.close();
            throw e;
        }
    }

    private List<VolumeOutcome> ingest(List<OpenSource> sources) throws IOException {
        VolumeCache cache = VolumeCache.ofBytes(PREVIOUS_CACHE_BYTES);
        Chunker chunker = new Chunker(repository.gearKey());
        repository.refresh();
        Set<PackId> known = repository.indexView().packs();
        List<VarveException> absent = new ArrayList<>();
        try (WriteSession session = repository.beginCountingOnTiers(clock, absent)) {
            for (VarveException away : absent) {
                problems.add(away.getMessage() + "; of what is needed again, what lies only there is stored once more");
            }
            watch = session.watch();
            // After the marks were looked at: what is taken over from a snapshot was not deleted before.
            List<Manifest> snapshots = new SnapshotCatalog(repository.manifests()).snapshots();
            boolean packsLost = !repository.indexView().packs().containsAll(known);
            List<VolumeOutcome> outcomes = new ArrayList<>();
            for (OpenSource source : sources) {
                PreviousSnapshot previous = source.volume() == null ? null : previous(snapshots, source);
                StoredVolume stored =
                        previous == null ? null : new StoredVolume(repository.chunks(), previous.volume(), cache);
                boolean lookDeep = previous != null
                        && !session.buildsOn(previous.manifest().objectName());
                outcomes.add(ingest(source, stored, session, chunker, packsLost || lookDeep));
            }
            session.commit();
            return outcomes;
        }
    }

    /** A pipeline for each volume, so that what a volume stored can be counted when it is through. */
    private VolumeOutcome ingest(
            OpenSource source, StoredVolume previous, WriteSession session, Chunker chunker, boolean packsLost)
            throws IOException {
        try (ChunkPipeline pipeline = new ChunkPipeline(session, options.workers())) {
            Ingest ingest = new Ingest(
                    source.name(),
                    pipeline,
                    chunker,
                    session.lane(PackKind.METADATA),
                    packsLost,
                    options.scratchDirectory(),
                    problems,
                    options.progress());
            VolumeIngest volume = new VolumeIngest(
                    ingest,
                    source.source().location().text(),
                    source.source().mountPoint(),
                    source.device(),
                    session::newBytes,
                    session::storedBytes);
            return source.volume() == null
                    ? volume.raw()
                    : volume.files(source.volume(), previous, options.verifyPercent());
        }
    }

    /** The backup stands already: an index that could not be merged is no reason to call it failed. */
    private void tidy() {
        try {
            repository.tidy();
        } catch (IOException e) {
            problems.add("the backup is complete, but the chunk index could not be tidied: " + e.getMessage());
        }
    }

    /** After the commit, out of what was committed: names are for people and nothing depends on them. */
    private List<String> problemLines(List<VolumeRecord> records) {
        Map<String, VolumeRecord> volumes = new HashMap<>();
        Map<String, InodePaths> paths = new HashMap<>();
        for (VolumeRecord record : records) {
            Set<Long> inodes = problems.inodes(record.name());
            if (!inodes.isEmpty()) {
                StoredVolume stored =
                        new StoredVolume(repository.chunks(), record, VolumeCache.ofBytes(PREVIOUS_CACHE_BYTES));
                InodePaths found = new InodePaths(stored, InodePaths.MAX_ENTRIES);
                try {
                    found.find(inodes);
                } catch (IOException e) {
                    problems.add(record.name() + ": not all paths of these inodes can be looked up: " + e.getMessage());
                }
                volumes.put(record.name(), record);
                paths.put(record.name(), found);
            }
        }
        return problems.lines((volume, inode) -> {
            ByteString path = paths.containsKey(volume) ? paths.get(volume).of(inode) : null;
            return path == null ? null : onHost(volumes.get(volume).mountPoint(), path);
        });
    }

    /** A path as the host that was backed up has it. */
    private static String onHost(ByteString mountPoint, ByteString path) {
        String top = mountPoint.display();
        return (top.endsWith("/") ? top.substring(0, top.length() - 1) : top) + path.display();
    }

    private PreviousSnapshot previous(List<Manifest> snapshots, OpenSource source) {
        return PreviousSnapshot.of(snapshots, options.host(), source.volume().info(), source.name());
    }

    /** @param volume null when it is kept raw */
    private record OpenSource(BackupSource source, String name, CountedSource device, Volume volume)
            implements Closeable {
        @Override
        public void close() throws IOException {
            if (volume == null) {
                device.close();
            } else {
                volume.close();
            }
        }
    }
}
